// Entry: one file of a layer, a context or a rootfs, as a tar member describes it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "registry/oci/digest.h"

namespace mbuild::oci {

enum class EntryType { regular, directory, symlink, hardlink, character_device, block_device, fifo };

// What the file type bits of a mode (stat(2)) say; never a hardlink. Nothing for sockets, which no archive holds.
std::optional<EntryType> entry_type(mode_t mode);

// Times are nanoseconds since the epoch (may be negative). Paths are relative, slash separated, without "."
// or ".." and without a trailing slash; names are bytes, not necessarily UTF-8.
struct Entry {
  std::string path;
  EntryType type = EntryType::regular;
  std::uint32_t mode = 0;  // permission bits with setuid, setgid, sticky: 07777
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size = 0;  // of regular files
  std::int64_t mtime = 0;
  std::string link;        // target of a symlink; path of a hardlink's first name
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::map<std::string, std::string> xattrs;
};

// The canonical encoding of everything about an entry that a fingerprint covers, content included and mtime
// left out (DESIGN.md, "Cache"). `content` is the digest of a regular file's bytes, else empty.
std::string fingerprint_record(const Entry& entry, const Digest& content);

}  // namespace mbuild::oci
