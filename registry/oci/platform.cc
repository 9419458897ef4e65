#include "registry/oci/platform.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <utility>

#include "registry/base/split.h"

namespace mbuild::oci {

namespace {

// containerd platforms: database.go (after Go's syslist.go).
constexpr std::array<std::string_view, 17> kKnownSystems = {
    "aix",   "android", "darwin", "dragonfly", "freebsd", "hurd",    "illumos", "ios", "js",
    "linux", "nacl",    "netbsd", "openbsd",   "plan9",   "solaris", "windows", "zos"};
constexpr std::array<std::string_view, 24> kKnownArchitectures = {
    "386",     "amd64",   "amd64p32", "arm",    "armbe",  "arm64",    "arm64be",   "ppc64",
    "ppc64le", "loong64", "mips",     "mipsle", "mips64", "mips64le", "mips64p32", "mips64p32le",
    "ppc",     "riscv",   "riscv64",  "s390",   "s390x",  "sparc",    "sparc64",   "wasm"};

template <std::size_t size>
bool contains(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool is_word(std::string_view text, std::string_view punctuation) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           punctuation.find(c) != std::string_view::npos;
  });
}

std::unexpected<Error> invalid(std::string_view text, std::string_view why) {
  return fail(ErrorKind::invalid_input, "platform \"" + std::string(text) + "\": " + std::string(why));
}

// "windows", "windows(10.0.17763)", "windows(10.0.17763+win32k)"
Result<void> parse_system(std::string_view part, Platform& platform, std::string_view text) {
  const std::size_t open = part.find('(');
  if (!is_word(part.substr(0, open), "_-")) return invalid(text, "malformed operating system");
  platform.os = lower(part.substr(0, open));
  if (open == std::string_view::npos) return {};
  if (!part.ends_with(')')) return invalid(text, "no \")\" after the operating system's version");
  auto options = split(part.substr(open + 1, part.size() - open - 2), '+');
  if (!options[0].empty() && !is_word(options[0], "_.-")) return invalid(text, "malformed version");
  platform.os_version = options[0];
  for (std::size_t i = 1; i < options.size(); ++i) {
    if (!is_word(options[i], "_.-")) return invalid(text, "malformed feature of the operating system");
    platform.os_features.emplace_back(options[i]);
  }
  return {};
}

}  // namespace

Platform Platform::normalized() const {
  Platform result = *this;
  result.os = lower(os);
  if (result.os == "macos") result.os = "darwin";
  std::string& arch = result.architecture = lower(architecture);
  std::string& kind = result.variant = lower(variant);
  if (arch == "i386") {
    arch = "386";
    kind.clear();
  } else if (arch == "x86_64" || arch == "x86-64" || arch == "amd64") {
    arch = "amd64";
    if (kind == "v1") kind.clear();
  } else if (arch == "aarch64" || arch == "arm64") {
    arch = "arm64";
    if (kind == "8" || kind == "v8") kind.clear();
  } else if (arch == "armhf" || arch == "armel") {
    kind = arch == "armhf" ? "v7" : "v6";
    arch = "arm";
  } else if (arch == "arm") {
    if (kind.empty()) kind = "v7";
    if (kind == "5" || kind == "6" || kind == "7" || kind == "8") kind.insert(0, "v");
  }
  std::sort(result.os_features.begin(), result.os_features.end());
  result.os_features.erase(std::unique(result.os_features.begin(), result.os_features.end()),
                           result.os_features.end());
  return result;
}

Result<Platform> Platform::parse(std::string_view text) {
  const auto parts = split(text, '/');
  if (parts.size() > 3) return invalid(text, "more than os/arch/variant");
  Platform platform;
  MBUILD_CHECK(parse_system(parts[0], platform, text));
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (!is_word(parts[i], "_.-")) {
      return invalid(text, i == 1 ? "malformed architecture" : "malformed variant");
    }
  }
  if (parts.size() > 1) {
    platform.architecture = parts[1];
    if (parts.size() > 2) platform.variant = parts[2];
    return platform.normalized();
  }

  const Platform here = host();
  if (contains(kKnownSystems, platform.normalized().os)) {
    platform.architecture = here.architecture;
    platform.variant = here.variant;
    return platform.normalized();
  }
  Platform other;
  other.os = here.os;
  other.architecture = parts[0];
  other = other.normalized();
  if (!contains(kKnownArchitectures, other.architecture)) {
    return invalid(text, "neither an operating system nor an architecture that is known");
  }
  return other;
}

Platform Platform::host() {
  constexpr std::pair<std::string_view, std::string_view> kMachines[] = {
      {"x86_64", "amd64"},  {"i686", "386"},           {"i586", "386"},   {"i486", "386"},
      {"armv8l", "arm"},    {"armv7l", "arm"},         {"armv6l", "arm"}, {"armv5tel", "arm"},
      {"aarch64", "arm64"}, {"loongarch64", "loong64"}};
  struct utsname name {};
  ::uname(&name);
  const std::string_view machine = name.machine;
  Platform platform;
  platform.os = "linux";
  platform.architecture = machine;
  for (const auto& [from, to] : kMachines) {
    if (machine == from) platform.architecture = to;
  }
  if (platform.architecture == "arm") platform.variant = "v" + std::string(machine.substr(4, 1));
  return platform.normalized();
}

std::string Platform::str() const {
  std::string text = os;
  if (!architecture.empty()) text += "/" + architecture;
  if (!variant.empty()) text += "/" + variant;
  return text;
}

}  // namespace mbuild::oci
