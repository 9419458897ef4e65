// PlatformName: "linux/arm64/v8" as FROM --platform and --platform spell it
// (github.com/containerd/platforms).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mbuild::parser {

// Normalised: "aarch64" is arm64, "x86_64" amd64, "macos" darwin. What was not given is empty.
struct PlatformName {
  std::string os;
  std::string architecture;
  std::string variant;
};

// `os`, `architecture`, `os/architecture` or `os/architecture/variant`, an os with a version in parentheses
// allowed; nullopt for anything else.
std::optional<PlatformName> parse_platform_name(std::string_view text);

}  // namespace mbuild::parser
