// COPY and ADD onto a root file system (SEMANTICS A11; BuildKit solver/llbsolver/file/backend.go, fsutil
// copy/copy.go).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "builder/context/selection.h"
#include "builder/exec/copy_options.h"
#include "registry/base/result.h"

namespace mbuild::builder {

struct CopyOutcome {
  // Files of the source that were changed or removed since they were selected and fingerprinted, by their
  // path in it. Not empty: unless changes were accepted, the copy stopped somewhere, what it made must be
  // thrown away, and selecting anew may help.
  std::vector<std::string> changed;
};

// Copies every source of `selection` to `destination`, one after the other, inside `root`: a directory
// descriptor, borrowed, of a tree that nobody else changes meanwhile. Nothing outside `root` is touched,
// whatever links it or the source holds.
//   `destination` is absolute. It names a directory when it ends in "/" or "/.", else whatever is there or
//   the new file's name. Missing directories are made, 0755 and 0:0 unless the options say otherwise. Links
//   in it are followed. A file goes into a directory, or replaces a file or link. A directory's contents are
//   merged: files replace, existing subdirectories get the source's metadata, the top one only its mtime.
//   Modes, mtimes (to the nanosecond), xattrs, device nodes, FIFOs and, within one source, hardlinks are
//   kept. The umask has no influence.
// File over directory and directory over file are `invalid_input` in BuildKit's words.
// The selection need not be fingerprinted when the tree is immutable.
Result<CopyOutcome> copy_files(const SourceTree& tree, const Selection& selection, int root,
                               std::string_view destination, const CopyOptions& options);

}  // namespace mbuild::builder
