#include "registry/remote/base64.h"

#include <cstdint>

namespace mbuild::remote {

namespace {
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

std::string base64_encode(std::string_view data) {
  std::string result;
  std::uint32_t bits = 0;
  int count = 0;
  for (unsigned char byte : data) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 6; count -= 6) result += kAlphabet[bits >> (count - 6) & 0x3F];
  }
  if (count > 0) result += kAlphabet[bits << (6 - count) & 0x3F];
  while (result.size() % 4 != 0) result += '=';
  return result;
}

std::optional<std::string> base64_decode(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string result;
  std::uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    std::size_t value = kAlphabet.find(c);
    if (value == kAlphabet.npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    result += static_cast<char>(bits >> count & 0xFF);
  }
  return result;
}

}  // namespace mbuild::remote
