// Code points: UTF-8 in and out, and the character classes of Go's `unicode` package that moby's lexers use.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mbuild::parser {

inline constexpr char32_t replacement_character = 0xFFFD;

struct CodePoint {
  char32_t value = replacement_character;
  std::size_t length = 1;  // bytes it takes; 1 for a byte that is no valid UTF-8 (RFC 3629)
};

// The code point that begins at `offset`, which must lie inside `text`.
CodePoint decode_utf8(std::string_view text, std::size_t offset);

void append_utf8(std::string& text, char32_t code_point);

// `text` with each byte that is no valid UTF-8 replaced by U+FFFD. JSON, and so an image's config, can hold
// nothing else; Go's scanners do the same.
void append_valid_utf8(std::string& result, std::string_view text);
std::string valid_utf8(std::string_view text);

std::u32string decode_utf8(std::string_view text);

bool is_letter(char32_t code_point);         // category L
bool is_decimal_digit(char32_t code_point);  // category Nd
bool is_space(char32_t code_point);          // property White_Space

}  // namespace mbuild::parser
