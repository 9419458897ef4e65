// The header of a tar member, as bytes.
#pragma once

#include <cstdint>
#include <string>

#include "registry/base/result.h"
#include "registry/oci/entry.h"

namespace mbuild::oci {

inline constexpr std::size_t kTarBlock = 512;

// Zero bytes between the end of a member's data and the next header.
inline std::size_t tar_padding(std::uint64_t size) {
  return static_cast<std::size_t>(-size % kTarBlock);
}

// Appends the header of `entry` to `out`, a multiple of kTarBlock: one USTAR block (POSIX.1-1988, "Extended
// tar Format") when every value fits it, else a PAX extended header (POSIX.1-2001, "pax Interchange Format")
// with the records that do not, and the block. The choices are those of Go's archive/tar in FormatPAX, with
// which BuildKit and containerd write layers, so that equal entries give equal bytes: numeric ids only, no
// owner names, no access and change times, the mtime rounded down to whole seconds, xattrs as SCHILY.xattr
// records. `invalid_input` for what neither format can hold: an empty path, a NUL in a name, a device number
// above 2^21.
Result<void> append_tar_header(const Entry& entry, std::string& out);

}  // namespace mbuild::oci
