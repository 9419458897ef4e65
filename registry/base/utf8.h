// Valid UTF-8 (RFC 3629), and the repair of what is not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mbuild {

// Length of the valid sequence that `text` begins with; 0 when there is none (overlong forms, surrogates and
// values above U+10FFFF are invalid) and for an empty text.
constexpr std::size_t utf8_sequence_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (byte(0) == 0xE0 && byte(1) < 0xA0) return 0;
  if (byte(0) == 0xED && byte(1) > 0x9F) return 0;
  if (byte(0) == 0xF0 && byte(1) < 0x90) return 0;
  if (byte(0) == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

// `text` with U+FFFD in the place of every byte that is not part of a valid sequence, as Go's encoding/json
// decodes.
std::string replace_invalid_utf8(std::string_view text);

}  // namespace mbuild
