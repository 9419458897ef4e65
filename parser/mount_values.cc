#include "parser/mount_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "parser/characters.h"

namespace mbuild::parser {

std::optional<bool> read_boolean(std::string_view text) {
  for (std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> read_number(std::string_view text, int base) {
  std::uint32_t value = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value, base);
  if (error != std::errc{} || end != last) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> read_size(std::string_view text) {
  const std::size_t length = std::min(text.find_first_not_of("0123456789."), text.size());
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + length, number, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + length) return std::nullopt;
  std::string suffix = to_lower(text.substr(length));
  if (suffix.starts_with(' ')) suffix.erase(0, 1);
  int power = 0;
  if (!suffix.empty() && suffix != "b") {
    const std::size_t unit = std::string_view("kmgtp").find(suffix[0]);
    if (unit == std::string_view::npos) return std::nullopt;
    power = static_cast<int>(unit) + 1;
    const std::string rest = suffix.substr(1);
    if (!rest.empty() && rest != "b" && rest != "ib") return std::nullopt;
  }
  const double bytes = std::ldexp(number, 10 * power);
  if (bytes >= 9223372036854775808.0) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace mbuild::parser
