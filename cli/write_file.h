// Small result files: digests, ids, metadata.
#pragma once

#include <string>

#include "registry/base/result.h"

namespace mbuild::cli {

// Replaces what the file holds. It may be a device, such as /dev/termination-log.
Result<void> write_file(const std::string& path, const std::string& text);

}  // namespace mbuild::cli
