// Characters as the Dockerfile language classes them: blanks, Unicode white space, letter case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mbuild::parser {

// What separates words: `[\t\v\f\r ]` (moby: parser.reWhitespace). A line never holds '\n'.
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string to_upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = to_upper(c);
  return result;
}
inline std::string to_lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = to_lower(c);
  return result;
}

// Length of the white space character that `text` begins with, 0 when it begins with none. The set is Go's
// unicode.IsSpace: ASCII white space, U+0085, U+00A0, U+1680, U+2000..200A, U+2028, U+2029, U+202F, U+205F,
// U+3000.
constexpr std::size_t space_length(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] == '\n' || is_blank(text[0])) return 1;
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  if (byte(0) == 0xC2) return byte(1) == 0x85 || byte(1) == 0xA0 ? 2 : 0;
  if (byte(0) == 0xE1) return byte(1) == 0x9A && byte(2) == 0x80 ? 3 : 0;
  if (byte(0) == 0xE3) return byte(1) == 0x80 && byte(2) == 0x80 ? 3 : 0;
  if (byte(0) != 0xE2) return 0;
  if (byte(1) == 0x81) return byte(2) == 0x9F ? 3 : 0;
  if (byte(1) != 0x80) return 0;
  return (byte(2) >= 0x80 && byte(2) <= 0x8A) || byte(2) == 0xA8 || byte(2) == 0xA9 || byte(2) == 0xAF ? 3
                                                                                                       : 0;
}

// The number of white space bytes at the start of `text`, and at its end.
constexpr std::size_t leading_spaces(std::string_view text) {
  std::size_t i = 0;
  while (std::size_t length = space_length(text.substr(i))) i += length;
  return i;
}
constexpr std::size_t trailing_spaces(std::string_view text) {
  std::size_t end = text.size();
  while (end > 0) {
    if (space_length(text.substr(end - 1)) == 1)
      --end;
    else if (end >= 2 && space_length(text.substr(end - 2)) == 2)
      end -= 2;
    else if (end >= 3 && space_length(text.substr(end - 3)) == 3)
      end -= 3;
    else
      break;
  }
  return text.size() - end;
}
constexpr std::string_view trim(std::string_view text) {
  text.remove_prefix(leading_spaces(text));
  text.remove_suffix(trailing_spaces(text));
  return text;
}

}  // namespace mbuild::parser
