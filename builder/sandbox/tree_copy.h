// Copies of files and folders, for where nothing can be mounted.
#pragma once

#include <string>

#include "registry/base/result.h"

namespace mbuild::builder {

// Makes a copy of what `source` (a directory, file or symlink; O_PATH is enough) is, with all below it, as
// the new entry `name` of the directory `parent`: contents, owners, modes, extended attributes where they can
// be set, and mtimes. Other kinds of files (sockets, devices) below `source` are left out. Symlinks are
// copied, not followed.
Result<void> copy_tree(int source, int parent, const std::string& name);

}  // namespace mbuild::builder
