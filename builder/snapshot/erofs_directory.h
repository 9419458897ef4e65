// Directories of an EROFS image.
#pragma once

#include <string>

#include "builder/snapshot/erofs_tree.h"

namespace mbuild::builder {

// Blocks of entries and, behind them, their names; names ascend bytewise through all blocks. The last block
// ends with its last name. The inodes of the children must have their positions by the time of
// encode_directory().
std::uint64_t directory_size(const ErofsNode& directory);
std::string encode_directory(const ErofsNode& directory);

std::uint64_t directory_links(const ErofsNode& directory);

}  // namespace mbuild::builder
