// Moving a file's bytes.
#pragma once

#include <cstdint>

#include "registry/base/result.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

// Both copy from the current offset of `from` to that of `to` until `size` bytes are copied or `from` ends;
// they give the number of bytes. Descriptors of regular files, borrowed.

// In the kernel where it can: by reference (reflink), else copy_file_range.
Result<std::uint64_t> copy_data(int from, int to, std::uint64_t size);

// Through memory, and gives the digest of what was copied.
struct HashedCopy {
  std::uint64_t size = 0;
  oci::Digest digest;
};
Result<HashedCopy> copy_and_hash(int from, int to, std::uint64_t size);

}  // namespace mbuild::builder
