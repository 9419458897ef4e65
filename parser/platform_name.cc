#include "parser/platform_name.h"

#include <algorithm>
#include <array>
#include <vector>

#include "parser/characters.h"

namespace mbuild::parser {

namespace {

// What Go knows; only a lone word has to be one of these.
constexpr std::array<std::string_view, 17> known_systems = {
    "aix",   "android", "darwin", "dragonfly", "freebsd", "hurd",    "illumos", "ios", "js",
    "linux", "nacl",    "netbsd", "openbsd",   "plan9",   "solaris", "windows", "zos"};
constexpr std::array<std::string_view, 29> known_architectures = {
    "386",     "amd64",  "amd64p32", "arm",      "armbe",     "arm64",       "arm64be", "loong64",
    "mips",    "mipsle", "mips64",   "mips64le", "mips64p32", "mips64p32le", "ppc",     "ppc64",
    "ppc64le", "riscv",  "riscv64",  "s390",     "s390x",     "sparc",       "sparc64", "wasm",
    "i386",    "x86_64", "x86-64",   "aarch64",  "armhf"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || is_digit(c) || c == '_' || c == '.' || c == '-';
  });
}

// "windows(10.0.17763)" without the version, which holds nothing that matters here; empty when malformed.
std::string_view system_word(std::string_view text) {
  std::size_t open = text.find('(');
  if (open == std::string_view::npos) return text;
  bool closed = text.ends_with(')') && is_word(text.substr(open + 1, text.size() - open - 2));
  return closed ? text.substr(0, open) : std::string_view();
}

std::string normal_system(std::string_view text) {
  std::string os = to_lower(text);
  return os == "macos" ? "darwin" : os;
}

void normalize_architecture(PlatformName& platform) {
  std::string& name = platform.architecture;
  if (name == "i386") name = "386";
  if (name == "x86_64" || name == "x86-64") name = "amd64";
  if (name == "aarch64") name = "arm64";
  if (name == "armhf") {
    name = "arm";
    platform.variant = "v7";
  }
}

}  // namespace

std::optional<PlatformName> parse_platform_name(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::string_view rest = text;;) {
    std::size_t slash = rest.find('/');
    parts.push_back(rest.substr(0, slash));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  if (parts.size() > 3) return std::nullopt;
  parts[0] = system_word(parts[0]);
  if (!std::all_of(parts.begin(), parts.end(), is_word)) return std::nullopt;
  PlatformName result;
  if (parts.size() == 1) {
    std::string word = normal_system(parts[0]);
    if (contains(known_systems, word))
      result.os = word;
    else if (contains(known_architectures, word))
      result.architecture = word;
    else
      return std::nullopt;
  } else {
    result.os = normal_system(parts[0]);
    result.architecture = to_lower(parts[1]);
    if (parts.size() == 3) result.variant = to_lower(parts[2]);
  }
  normalize_architecture(result);
  return result;
}

}  // namespace mbuild::parser
