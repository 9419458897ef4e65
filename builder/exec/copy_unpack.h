// ADD of an archive: its contents instead of the file.
#pragma once

#include "builder/context/selection.h"
#include "builder/exec/copy_changes.h"
#include "builder/exec/copy_target.h"

namespace mbuild::builder {

// Whether the file that `source` is was an archive: tar, plain or gzip, bzip2, xz or zstd, told by its
// content and holding at least one member. Then it has been unpacked. Damage further on is an error.
// `--chmod` has no say; `--chown` goes for every member. Arguments as copy_files() has them.
Result<bool> unpack_if_archive(const SourceTree& tree, const SelectedSource& source, int root,
                               const CopyTarget& target, const CopyOptions& options, CopyChanges& changes);

}  // namespace mbuild::builder
