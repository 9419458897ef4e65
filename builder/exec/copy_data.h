// Moving a file's bytes through memory, and hashing them on the way.
#pragma once

#include <cstdint>

#include "registry/base/result.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

// Copies from the current offset of `from` to that of `to`, descriptors of regular files, until `size` bytes
// are copied or `from` ends, and gives the number of bytes. `hash` may be null. Cheaper than
// mbuild::copy_file() for small files.
Result<std::uint64_t> copy_data(int from, int to, std::uint64_t size, oci::Sha256* hash);

}  // namespace mbuild::builder
