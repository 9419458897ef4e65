// Characters as the Dockerfile language classes them: blanks, Unicode white space, letter case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "parser/unicode.h"

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

// Length in bytes of the white space character (Unicode's White_Space) that `text` begins with; 0 when it
// begins with none.
inline std::size_t space_length(std::string_view text) {
  if (text.empty()) return 0;
  if (static_cast<unsigned char>(text[0]) < 0x80) return text[0] == '\n' || is_blank(text[0]) ? 1 : 0;
  const CodePoint first = decode_utf8(text, 0);
  return is_space(first.value) ? first.length : 0;
}

// The number of white space bytes at the start of `text`, and at its end.
inline std::size_t leading_spaces(std::string_view text) {
  std::size_t i = 0;
  while (std::size_t length = space_length(text.substr(i))) i += length;
  return i;
}
inline std::size_t trailing_spaces(std::string_view text) {
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
inline std::string_view trim(std::string_view text) {
  text.remove_prefix(leading_spaces(text));
  text.remove_suffix(trailing_spaces(text));
  return text;
}

}  // namespace mbuild::parser
