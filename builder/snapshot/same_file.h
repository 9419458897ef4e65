// When a file counts as changed.
#pragma once

#include "builder/snapshot/directory.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// All but what is in the files: see prune_unchanged(). The mtime of directories does not count.
bool same_metadata(const DirectoryEntry& a, const DirectoryEntry& b);

// security.capability and the bytes of two regular files of equal size, open for reading at their start.
Result<bool> same_content(int a, int b);

}  // namespace mbuild::builder
