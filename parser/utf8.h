// UTF-8 written and repaired.
#pragma once

#include <string>
#include <string_view>

namespace mbuild::parser {

// Appends one code point; surrogates and numbers past U+10FFFF are the caller's to avoid.
void append_utf8(std::string& text, char32_t code_point);

// Length of the well-formed UTF-8 sequence that `text` begins with (RFC 3629: no surrogates, no overlong
// forms), 0 when it begins with none.
std::size_t utf8_length(std::string_view text);

// `text` with U+FFFD for every byte that belongs to no well-formed sequence, as Go converts strings.
std::string replace_invalid_utf8(std::string text);

}  // namespace mbuild::parser
