// Base64 (RFC 4648 4), as Basic authentication and configuration files use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mbuild::remote {

std::string base64_encode(std::string_view data);

// Padding may be left out; nullopt for anything else that is not base64.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace mbuild::remote
