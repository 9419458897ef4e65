// Extended attributes of an EROFS image, stored with the inode.
#pragma once

#include <map>
#include <string>

#include "registry/base/result.h"

namespace mbuild::builder {

// A header and the attributes, each padded to 4 bytes. `unsupported` above what the format holds.
Result<std::string> encode_xattrs(const std::map<std::string, std::string>& xattrs);

// i_xattr_icount: how the inode says that these bytes follow it.
std::uint64_t xattr_count(const std::string& encoded);

}  // namespace mbuild::builder
