// explain_difference of step_history.h.
#include <algorithm>
#include <unordered_map>

#include "builder/cache/step_history.h"

namespace mbuild::builder {

namespace {

constexpr std::size_t kShown = 60;  // bytes of a text value

// On one line, without control characters that would reach a terminal.
std::string printable(std::string_view bytes) {
  std::string text(bytes);
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

std::string shown(std::string_view value) {
  if (value.empty()) return "\"\"";
  return printable(value.substr(0, kShown)) + (value.size() > kShown ? "..." : "");
}

bool is_digest(std::string_view value) {
  return value.size() == 64 && value.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string changed(std::string_view name, std::string_view before, std::string_view now) {
  if (!is_digest(now)) return printable(name) + " " + shown(before) + " -> " + shown(now);
  if (name.starts_with("image "))
    return printable(name) + " moved to sha256:" + std::string(now.substr(0, 12));
  return printable(name) + " changed";
}

std::string added(std::string_view name, std::string_view now) {
  return printable(name) + (is_digest(now) ? " added" : " set to " + shown(now));
}

std::string removed(std::string_view name, std::string_view before) {
  return printable(name) + (is_digest(before) ? " removed" : " no longer set");
}

using ByName = std::unordered_map<std::string_view, std::string_view>;

ByName by_name(const NamedInputs& inputs) {
  return ByName(inputs.begin(), inputs.end());
}

}  // namespace

std::string explain_difference(const NamedInputs& earlier, const NamedInputs& unbounded) {
  const NamedInputs now = bounded_inputs(unbounded);  // as what was stored is
  const ByName known = by_name(earlier);
  for (const auto& [name, value] : now) {
    const auto before = known.find(name);
    if (before == known.end()) return added(name, value);
    if (before->second != value) return changed(name, before->second, value);
  }
  const ByName present = by_name(now);
  for (const auto& [name, value] : earlier) {
    if (!present.contains(name)) return removed(name, value);
  }
  return {};
}

}  // namespace mbuild::builder
