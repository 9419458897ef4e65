// Copying a directory's contents into another directory.
#pragma once

#include <string>

#include "builder/exec/copy_entry.h"

namespace mbuild::builder {

// Merges the contents of `source`, a directory, into the directory at `path` (below `root`, resolved), which
// exists. See copy_files().
Result<void> copy_contents(const SourceTree& tree, const SelectedSource& source, int root,
                           const std::string& path, const CopyOptions& options, const EntryWriter& writer,
                           CopyChanges& changes);

}  // namespace mbuild::builder
