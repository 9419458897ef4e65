// Reading a file that the user named on the command line.
#pragma once

#include <cstdint>
#include <string>

#include "registry/base/result.h"

namespace mbuild::builder {

// The whole content of the file, pipe (`-f <(generate)`) or device at `path`; symlinks are followed.
// `invalid_input` above `limit` bytes. Errors name the path.
Result<std::string> read_trusted_file(const std::string& path, std::uint64_t limit);

}  // namespace mbuild::builder
