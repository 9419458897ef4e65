#include "parser/excerpt.h"

#include <algorithm>

#include "parser/unicode.h"

namespace mbuild::parser {

namespace {

constexpr unsigned most_lines = 6;
constexpr unsigned lines_before_gap = 4;

bool is_control(char32_t character) {
  return (character < 0x20 && character != '\t') || (character >= 0x7F && character < 0xA0);
}

std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    CodePoint point = decode_utf8(text, at);
    append_utf8(result, is_control(point.value) ? replacement_character : point.value);
    at += point.length;
  }
  return result;
}

std::string numbered(unsigned number, char mark, std::string_view text) {
  std::string digits = std::to_string(number);
  std::string line(digits.size() < 5 ? 5 - digits.size() : 0, ' ');
  line += digits + " " + mark + " " + printable(text);
  line.resize(line.find_last_not_of(" \t") + 1);
  return line + "\n";
}

// As wide as `text` when printed below it: tabs stay tabs.
std::string padding(std::string_view text) {
  std::string result;
  for (char32_t character : decode_utf8(text)) result += character == '\t' ? '\t' : ' ';
  return result;
}

std::string underlined(const Source& source, unsigned number, Range range) {
  Range line = source.line_range(number);
  std::uint32_t begin = std::min(range.begin, line.end);
  std::uint32_t end = std::clamp(range.end, begin, line.end);
  std::size_t width = decode_utf8(source.text({begin, end})).size();
  std::string result = numbered(number, '|', source.text(line));
  result += "      | " + padding(source.text({line.begin, begin})) + "^";
  if (width > 1) result.append(width - 1, '~');
  return result + "\n";
}

}  // namespace

std::string mark_lines(const Source& source, Range range) {
  unsigned first = source.line_of(range.begin);
  unsigned last = source.line_of(range.empty() ? range.begin : range.end - 1);
  if (first == last) return underlined(source, first, range);
  std::string result;
  bool cut = last - first + 1 > most_lines;
  for (unsigned number = first; number <= last; ++number) {
    if (cut && number == first + lines_before_gap) {
      result += "      > ...\n";
      number = last;
    }
    result += numbered(number, '>', source.text(source.line_range(number)));
  }
  return result;
}

}  // namespace mbuild::parser
