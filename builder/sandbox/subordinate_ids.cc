#include "builder/sandbox/subordinate_ids.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <optional>

#include "builder/sandbox/host_file.h"

namespace mbuild::builder {

namespace {

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Takes the text up to `separator` off the front.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

std::string name_of(uid_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer;
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return found->pw_name;
  }
  return std::to_string(uid);
}

std::vector<IdRange> read_ranges(const char* path, const std::string& user) {
  const auto text = read_host_file(path);
  if (!text) return {};
  return subordinate_ranges(*text, user, ::geteuid());
}

}  // namespace

std::vector<IdRange> subordinate_ranges(std::string_view text, std::string_view user, uid_t uid) {
  std::vector<IdRange> ranges;
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    const std::string_view owner = take(line, ':');
    const auto first = number(take(line, ':'));
    const auto count = number(line);
    if ((owner != user && number(owner) != uid) || !first || !count || *count == 0) continue;
    if (*first + std::uint64_t{*count} > UINT32_MAX) continue;
    ranges.push_back({*first, *count});
  }
  return ranges;
}

SubordinateIds own_subordinate_ids() {
  SubordinateIds ids;
  ids.user = name_of(::geteuid());
  ids.uids = read_ranges("/etc/subuid", ids.user);
  ids.gids = read_ranges("/etc/subgid", ids.user);
  return ids;
}

}  // namespace mbuild::builder
