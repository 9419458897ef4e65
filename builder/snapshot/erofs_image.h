// Writes a tree as an EROFS image that holds everything but the contents of files.
#pragma once

#include <string>

#include "builder/snapshot/erofs_tree.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// The image maps the contents of regular files from a second device, an archive of `archive_size` bytes, at
// ErofsNode::data_offset. A function of the tree alone. The tree's `position`s are used up. `unsupported` for
// what the format cannot hold: an archive above 2 TiB, extended attributes above 64 KiB.
Result<std::string> make_erofs_image(ErofsTree& tree, std::uint64_t archive_size);

}  // namespace mbuild::builder
