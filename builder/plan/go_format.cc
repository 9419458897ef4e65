#include "builder/plan/go_format.h"

#include <fmt/format.h>

#include <optional>

namespace mbuild::builder::go_format {

namespace {

struct Rune {
  std::uint32_t value = 0;
  std::size_t length = 0;
};

// The code point that begins at `i`, or nullopt for bytes that are not valid UTF-8 (RFC 3629).
std::optional<Rune> decode(std::string_view text, std::size_t i) {
  auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[i + k]); };
  unsigned char lead = byte(0);
  if (lead < 0x80) return Rune{lead, 1};
  std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) return std::nullopt;
  std::uint32_t value = lead & (0xFFu >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(k) & 0xC0) != 0x80) return std::nullopt;
    value = value << 6 | (byte(k) & 0x3Fu);
  }
  static constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[length] || (value >= 0xD800 && value < 0xE000) || value > 0x10FFFF)
    return std::nullopt;
  return Rune{value, length};
}

// strconv.IsPrint for what occurs in practice: control, format and space characters other than ' ' are not.
bool printable(std::uint32_t rune) {
  if (rune < 0x20 || rune == 0x7F) return false;
  if (rune >= 0x80 && rune <= 0xA0) return false;
  if (rune == 0xAD || rune == 0xFEFF || rune == 0x3000 || rune == 0x1680) return false;
  if (rune >= 0x2000 && rune <= 0x200F) return false;
  if (rune >= 0x2028 && rune <= 0x202F) return false;
  if (rune >= 0x205F && rune <= 0x206F) return false;
  return !(rune >= 0xE000 && rune <= 0xF8FF);
}

std::string escape(std::uint32_t rune) {
  switch (rune) {
    case '\a':
      return "\\a";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case '\v':
      return "\\v";
    default:
      break;
  }
  if (rune < 0x20 || rune == 0x7F) return fmt::format("\\x{:02x}", rune);
  return rune < 0x10000 ? fmt::format("\\u{:04x}", rune) : fmt::format("\\U{:08x}", rune);
}

// A fraction of `unit` with trailing zeros cut: 1500 / 1000 -> "1.5".
std::string decimal(std::uint64_t value, std::uint64_t unit) {
  std::string text = std::to_string(value / unit);
  std::uint64_t rest = value % unit;
  if (rest == 0) return text;
  std::string digits = std::to_string(unit + rest).substr(1);
  return text + "." + digits.substr(0, digits.find_last_not_of('0') + 1);
}

}  // namespace

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    std::optional<Rune> rune = decode(text, i);
    if (!rune) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
      ++i;
      continue;
    }
    if (rune->value == '"' || rune->value == '\\') out += '\\';
    out += printable(rune->value) ? std::string(text.substr(i, rune->length)) : escape(rune->value);
    i += rune->length;
  }
  return out + '"';
}

std::string quote_list(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  for (const std::string& word : words) quoted.push_back(quote(word));
  return list(quoted);
}

std::string list(const std::vector<std::string>& words) {
  return fmt::format("[{}]", fmt::join(words, " "));
}

std::string duration(std::int64_t nanoseconds) {
  constexpr std::uint64_t kMicrosecond = 1000, kMillisecond = 1000 * kMicrosecond,
                          kSecond = 1000 * kMillisecond;
  if (nanoseconds == 0) return "0s";
  std::string sign = nanoseconds < 0 ? "-" : "";
  auto value =
      nanoseconds < 0 ? 0 - static_cast<std::uint64_t>(nanoseconds) : static_cast<std::uint64_t>(nanoseconds);
  if (value < kMicrosecond) return fmt::format("{}{}ns", sign, value);
  if (value < kMillisecond) return fmt::format("{}{}µs", sign, decimal(value, kMicrosecond));
  if (value < kSecond) return fmt::format("{}{}ms", sign, decimal(value, kMillisecond));
  std::uint64_t minutes = value / kSecond / 60;
  std::string seconds = decimal(value - minutes * 60 * kSecond, kSecond);
  if (minutes == 0) return fmt::format("{}{}s", sign, seconds);
  if (minutes < 60) return fmt::format("{}{}m{}s", sign, minutes, seconds);
  return fmt::format("{}{}h{}m{}s", sign, minutes / 60, minutes % 60, seconds);
}

}  // namespace mbuild::builder::go_format
