// Hashing the files of a selection.
#pragma once

#include "builder/context/selection.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Fills in `content` and `xattrs` of every file and directory, from the tree's index or by reading it, on
// several threads. See fingerprint().
Result<void> hash_contents(const SourceTree& tree, Selection& selection, unsigned threads);

}  // namespace mbuild::builder
