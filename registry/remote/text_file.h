// Configuration files, which the user names: ordinary path resolution, symbolic links included.
#pragma once

#include <optional>
#include <string>

#include "registry/base/result.h"

namespace mbuild::remote {

// Whole contents, or nullopt when there is no such file. Above 1 MB is `invalid_input`.
Result<std::optional<std::string>> read_text_file(const std::string& path);

}  // namespace mbuild::remote
