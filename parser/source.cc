#include "parser/source.h"

#include <algorithm>

namespace mbuild::parser {

namespace {

// Bytes of the UTF-8 sequence that `lead` begins; 1 for bytes that begin none.
std::uint32_t sequence_length(unsigned char lead) {
  if (lead >= 0xF0 && lead < 0xF8) return 4;
  if (lead >= 0xE0) return 3;
  if (lead >= 0xC0) return 2;
  return 1;
}

std::uint32_t utf16_units(std::uint32_t utf8_length) {
  return utf8_length == 4 ? 2 : 1;
}

}  // namespace

Source::Source(std::string name, std::string text) {
  Data data{std::move(name), std::move(text), {0}};
  for (std::size_t i = data.text.find('\n'); i != std::string::npos; i = data.text.find('\n', i + 1))
    data.line_starts.push_back(static_cast<std::uint32_t>(i + 1));
  data_ = std::make_shared<const Data>(std::move(data));
}

unsigned Source::line_of(std::uint32_t offset) const {
  const auto& starts = data_->line_starts;
  return static_cast<unsigned>(std::upper_bound(starts.begin(), starts.end(), offset) - starts.begin());
}

Range Source::line_range(unsigned line) const {
  const auto& starts = data_->line_starts;
  std::uint32_t begin = starts[line - 1];
  std::uint32_t end = line < starts.size() ? starts[line] - 1 : static_cast<std::uint32_t>(text().size());
  if (end > begin && text()[end - 1] == '\r') --end;
  return {begin, end};
}

Position Source::position(std::uint32_t offset) const {
  offset = std::min<std::uint32_t>(offset, static_cast<std::uint32_t>(text().size()));
  unsigned line = line_of(offset);
  Position result{line - 1, 0};
  for (std::uint32_t i = data_->line_starts[line - 1]; i < offset;) {
    std::uint32_t length = sequence_length(static_cast<unsigned char>(text()[i]));
    result.column += utf16_units(length);
    i += length;
  }
  return result;
}

std::uint32_t Source::offset(Position position) const {
  if (position.line >= line_count()) return static_cast<std::uint32_t>(text().size());
  Range line = line_range(position.line + 1);
  std::uint32_t i = line.begin;
  for (std::uint32_t column = 0; column < position.column && i < line.end;) {
    std::uint32_t length = sequence_length(static_cast<unsigned char>(text()[i]));
    column += utf16_units(length);
    i += length;
  }
  return std::min(i, line.end);
}

}  // namespace mbuild::parser
