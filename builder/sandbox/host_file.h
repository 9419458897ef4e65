// Files of the machine that the builder runs on.
#pragma once

#include <cstdint>
#include <string>

#include "registry/base/result.h"

namespace mbuild::builder {

// Whole contents of a file that the program itself names (of /proc, /sys, /etc). `invalid_input` above
// `limit`.
Result<std::string> read_host_file(const std::string& path, std::uint64_t limit = 16 << 20);

}  // namespace mbuild::builder
