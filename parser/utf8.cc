#include "parser/utf8.h"

#include <algorithm>

namespace mbuild::parser {

void append_utf8(std::string& text, char32_t code_point) {
  auto add = [&](char32_t byte) { text += static_cast<char>(byte); };
  auto add_continuation = [&](int shift) { add(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xC0 | (code_point >> 6));
    add_continuation(0);
  } else if (code_point < 0x10000) {
    add(0xE0 | (code_point >> 12));
    add_continuation(6);
    add_continuation(0);
  } else {
    add(0xF0 | (code_point >> 18));
    add_continuation(12);
    add_continuation(6);
    add_continuation(0);
  }
}

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  // The second byte's range keeps out overlong forms, surrogates and what lies past U+10FFFF.
  const unsigned lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < lowest || byte(1) > highest) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

std::string replace_invalid_utf8(std::string text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(text.begin(), text.end(), is_ascii)) return text;
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(std::string_view(text).substr(i));
    if (length == 0)
      append_utf8(result, 0xFFFD);
    else
      result.append(text, i, length);
    i += std::max<std::size_t>(length, 1);
  }
  return result;
}

}  // namespace mbuild::parser
