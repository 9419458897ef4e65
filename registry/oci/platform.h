// Platform: "os/arch[/variant]", normalised as containerd does (platforms/database.go).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registry/base/result.h"

namespace mbuild::oci {

struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;
  std::string os_version;
  std::vector<std::string> os_features;

  // "linux/arm64/v8", "arm64", "linux", "windows(10.0.17763)/amd64"; normalised. What is left out is the
  // host's. `invalid_input` otherwise.
  static Result<Platform> parse(std::string_view text);
  static Platform host();  // as the kernel tells it; never fails

  // In lower case, with aliases (x86_64, aarch64, armhf, macos, ...) resolved and features sorted; arm64/v8
  // and amd64/v1 lose their variant, arm without one gets v7.
  Platform normalized() const;

  std::string str() const;  // "os/arch[/variant]"
  friend bool operator==(const Platform&, const Platform&) = default;
};

// Of `candidates`, the index of the best that runs on `wanted` (exact, then lower variants, then the 32-bit
// kin, as containerd's platforms.Only), or -1. Neither side need be normalised.
int best_match(const Platform& wanted, const std::vector<Platform>& candidates);

}  // namespace mbuild::oci
