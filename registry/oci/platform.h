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

  // "linux/arm64/v8", "arm64", "linux"; aliases (x86_64, aarch64, armhf, ...) are normalised, arm64/v8 and
  // amd64/v1 lose their variant, arm without one gets v7.
  static Result<Platform> parse(std::string_view text);
  static Platform host();

  std::string str() const;  // "os/arch[/variant]"
  friend bool operator==(const Platform&, const Platform&) = default;
};

// Of `candidates`, the index of the best that runs on `wanted` (exact, then lower variants, as containerd's
// platforms.Only), or -1.
int best_match(const Platform& wanted, const std::vector<Platform>& candidates);

}  // namespace mbuild::oci
