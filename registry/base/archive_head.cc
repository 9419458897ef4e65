#include "registry/base/archive_head.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mbuild {

namespace {

using namespace std::string_view_literals;

constexpr std::array kMagic = {"\x1f\x8b\x08"sv, "BZh"sv,
                               "\xfd"
                               "7zXZ\0"sv,
                               "\x28\xb5\x2f\xfd"sv};
constexpr std::size_t kSumBegin = 148;
constexpr std::size_t kSumSize = 8;

// The octal number in a tar header's checksum field.
std::optional<std::uint32_t> stated_sum(std::string_view header) {
  std::uint32_t sum = 0;
  bool digits = false;
  for (const char c : header.substr(kSumBegin, kSumSize)) {
    if (c == ' ' && !digits) continue;
    if (c < '0' || c > '7') break;
    digits = true;
    sum = sum * 8 + static_cast<std::uint32_t>(c - '0');
  }
  return digits ? std::optional(sum) : std::nullopt;
}

// POSIX ustar: the sum of all bytes, those of the field itself taken for blanks.
bool is_tar_header(std::string_view header) {
  const auto stated = stated_sum(header);
  if (!stated) return false;
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const bool in_field = i >= kSumBegin && i < kSumBegin + kSumSize;
    sum += in_field ? ' ' : static_cast<unsigned char>(header[i]);
  }
  return sum == *stated;
}

}  // namespace

bool looks_like_archive(ByteView head) {
  const std::string_view text = text_of(head);
  for (const std::string_view magic : kMagic)
    if (text.starts_with(magic)) return true;
  return text.size() >= kArchiveHead && is_tar_header(text.substr(0, kArchiveHead));
}

}  // namespace mbuild
