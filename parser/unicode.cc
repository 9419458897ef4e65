#include "parser/unicode.h"

#include <boost/spirit/home/support/char_encoding/unicode/query.hpp>

#include <algorithm>

namespace mbuild::parser {

namespace {

namespace ucd = boost::spirit::ucd;

constexpr char32_t last_code_point = 0x10FFFF;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

unsigned sequence_length(unsigned char lead) {
  if (lead < 0xC2 || lead > 0xF4) return 1;
  return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

}  // namespace

CodePoint decode_utf8(std::string_view text, std::size_t offset) {
  unsigned char lead = static_cast<unsigned char>(text[offset]);
  if (lead < 0x80) return {lead, 1};
  unsigned length = sequence_length(lead);
  if (length == 1 || text.size() - offset < length) return {};
  char32_t value = lead & (0x7F >> length);
  for (unsigned i = 1; i < length; ++i) {
    unsigned char next = static_cast<unsigned char>(text[offset + i]);
    if ((next & 0xC0) != 0x80) return {};
    value = value << 6 | (next & 0x3F);
  }
  bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > last_code_point) return {};
  return {value, length};
}

void append_utf8(std::string& text, char32_t code_point) {
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xC0 | code_point >> 6);
    text += static_cast<char>(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    text += static_cast<char>(0xE0 | code_point >> 12);
    text += static_cast<char>(0x80 | (code_point >> 6 & 0x3F));
    text += static_cast<char>(0x80 | (code_point & 0x3F));
  } else {
    text += static_cast<char>(0xF0 | code_point >> 18);
    text += static_cast<char>(0x80 | (code_point >> 12 & 0x3F));
    text += static_cast<char>(0x80 | (code_point >> 6 & 0x3F));
    text += static_cast<char>(0x80 | (code_point & 0x3F));
  }
}

void append_valid_utf8(std::string& result, std::string_view text) {
  if (is_ascii(text)) {
    result += text;
    return;
  }
  for (std::size_t i = 0; i < text.size();) {
    CodePoint c = decode_utf8(text, i);
    append_utf8(result, c.value);
    i += c.length;
  }
}

std::string valid_utf8(std::string_view text) {
  std::string result;
  append_valid_utf8(result, text);
  return result;
}

std::u32string decode_utf8(std::string_view text) {
  std::u32string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    CodePoint c = decode_utf8(text, i);
    result += c.value;
    i += c.length;
  }
  return result;
}

bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return c <= last_code_point && ucd::get_major_category(c) == ucd::properties::letter;
}

bool is_decimal_digit(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return c <= last_code_point && ucd::get_category(c) == ucd::properties::decimal_number;
}

bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

}  // namespace mbuild::parser
