// best_match: which of an index's platforms runs on another (containerd platforms: compare.go).
#include <algorithm>
#include <charconv>
#include <optional>

#include "registry/oci/platform.h"

namespace mbuild::oci {

namespace {

Platform with(const Platform& base, std::string architecture, std::string variant) {
  Platform platform = base;
  platform.architecture = std::move(architecture);
  platform.variant = std::move(variant);
  return platform;
}

// The number after "v" at the start of `text`, all of it.
std::optional<int> version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || value > 99) return std::nullopt;
  return value;
}

void append_arm(std::vector<Platform>& order, const Platform& platform) {
  order.push_back(platform);
  const auto number = version(platform.variant);
  for (int lower = number.value_or(0) - 1; lower >= 5; --lower) {
    order.push_back(with(platform, "arm", "v" + std::to_string(lower)));
  }
}

void append_amd64(std::vector<Platform>& order, const Platform& platform) {
  order.push_back(platform);
  for (int lower = version(platform.variant).value_or(0) - 1; lower >= 1; --lower) {
    order.push_back(with(platform, "amd64", "v" + std::to_string(lower)));
  }
  order.push_back(with(platform, "386", ""));
}

void append_arm64(std::vector<Platform>& order, const Platform& platform) {
  order.push_back(platform);
  const std::string variant = platform.variant.empty() ? "v8" : platform.variant;
  const std::size_t dot = variant.find('.');
  const int major = version(variant.substr(0, dot)).value_or(0);
  int minor = dot == std::string::npos ? 0 : version(variant.substr(dot + 1)).value_or(0);
  const auto append_lower = [&](int generation, int highest) {
    for (int lower = highest; lower >= 0; --lower) {
      const std::string suffix = lower == 0 ? "" : "." + std::to_string(lower);
      order.push_back(with(platform, "arm64", "v" + std::to_string(generation) + suffix));
    }
  };
  if (major == 9) {
    append_lower(9, minor - 1);
    minor += 6;  // v9.x includes v8.(x+5), itself among the lower ones
  }
  if (major >= 8) append_lower(8, minor - 1);
  const bool has_minor = variant.starts_with("v8.") || variant.starts_with("v9.");
  append_arm(order, with(platform, "arm", has_minor ? "v8" : variant));
}

std::vector<Platform> acceptable(const Platform& wanted) {
  std::vector<Platform> order;
  if (wanted.architecture == "amd64") {
    append_amd64(order, wanted);
  } else if (wanted.architecture == "arm") {
    append_arm(order, wanted);
  } else if (wanted.architecture == "arm64") {
    append_arm64(order, wanted);
  } else {
    order.push_back(wanted);
  }
  for (Platform& platform : order) platform = platform.normalized();
  return order;
}

// Windows containers need the host's major.minor.build; revisions are free to differ.
bool same_windows_build(std::string_view a, std::string_view b) {
  const auto build = [](std::string_view text) {
    std::size_t end = 0;
    for (int dots = 0; end < text.size(); ++end) {
      if (text[end] == '.' && ++dots == 3) break;
    }
    return text.substr(0, end);
  };
  return a.empty() || b.empty() || build(a) == build(b);
}

bool runs_as(const Platform& candidate, const Platform& wanted) {
  return candidate.os == wanted.os && candidate.architecture == wanted.architecture &&
         candidate.variant == wanted.variant &&
         (wanted.os != "windows" || same_windows_build(candidate.os_version, wanted.os_version)) &&
         std::includes(wanted.os_features.begin(), wanted.os_features.end(), candidate.os_features.begin(),
                       candidate.os_features.end());
}

}  // namespace

int best_match(const Platform& wanted, const std::vector<Platform>& candidates) {
  std::vector<Platform> normalized;
  normalized.reserve(candidates.size());
  for (const Platform& candidate : candidates) normalized.push_back(candidate.normalized());
  for (const Platform& platform : acceptable(wanted.normalized())) {
    const auto found = std::find_if(normalized.begin(), normalized.end(),
                                    [&](const Platform& candidate) { return runs_as(candidate, platform); });
    if (found != normalized.end()) return static_cast<int>(found - normalized.begin());
  }
  return -1;
}

}  // namespace mbuild::oci
