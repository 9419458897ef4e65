// What a new file is to look like, and making it so.
#pragma once

#include <cstdint>
#include <string>

#include "builder/context/owner.h"
#include "builder/context/xattrs.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Everything but type, name, content and xattrs.
struct FileMetadata {
  std::uint32_t mode = 0;  // 07777; of no use for a symlink
  Owner owner;
  std::int64_t mtime = 0;  // nanoseconds since the epoch
};

// Makes an open file or directory so; what it is already costs little. Xattrs are best effort.
Result<void> apply_metadata(int fd, const FileMetadata& metadata, const XattrMap& xattrs);

// The same for a name that cannot be opened: a symlink, a device node, a FIFO. Links are not followed.
Result<void> apply_metadata_at(int directory, const std::string& name, const FileMetadata& metadata,
                               bool symlink);

Result<void> set_mtime(int fd, std::int64_t mtime);

}  // namespace mbuild::builder
