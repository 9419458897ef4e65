// The extended attributes that are part of a file as far as an image is concerned.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "registry/base/result.h"

namespace mbuild::builder {

using XattrMap = std::map<std::string, std::string>;

// user.*, trusted.* and security.capability count. What the kernel or a security module derives from the
// machine (other security.*, system.*) and what overlayfs keeps for itself do not (SEMANTICS C2; BuildKit
// cache/contenthash/filehash.go).
bool xattr_counts(std::string_view name);

// Those of an open file or directory. A file system without extended attributes has none.
Result<XattrMap> read_xattrs(int fd);

// Sets them as well as the file system and our privileges allow; what is refused is left out (BuildKit does
// the same).
void set_xattrs(int fd, const XattrMap& xattrs);

}  // namespace mbuild::builder
