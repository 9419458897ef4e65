#include "cli/lsp/positions.h"

#include <boost/json.hpp>

#include <algorithm>

namespace mbuild::cli::lsp {

namespace json = boost::json;

namespace {

std::uint32_t number(const json::value& value) {
  const std::int64_t given = value.is_double()
                                 ? static_cast<std::int64_t>(std::clamp(value.get_double(), 0.0, 4e9))
                                 : value.to_number<std::int64_t>();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(given, 0, UINT32_MAX));
}

// UTF-16 code units of text[begin, end).
std::uint32_t units(std::string_view text, std::uint32_t begin, std::uint32_t end) {
  std::uint32_t count = 0;
  for (std::uint32_t i = begin; i < end; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // A lead byte is a unit, and one of four bytes two.
    count += (byte & 0xC0) == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1;
  }
  return count;
}

}  // namespace

parser::Position Positions::position(std::uint32_t offset) const {
  const std::string_view text = source_.text();
  offset = std::min(offset, static_cast<std::uint32_t>(text.size()));
  const unsigned line = source_.line_of(offset);
  const std::uint32_t begin = source_.line_range(line).begin;
  if (encoding_ == Encoding::utf8) return {line - 1, offset - begin};
  const bool continues = last_.line == line - 1 && last_offset_ <= offset && last_offset_ >= begin;
  const std::uint32_t column =
      continues ? last_.column + units(text, last_offset_, offset) : units(text, begin, offset);
  last_offset_ = offset;
  last_ = {line - 1, column};
  return last_;
}

json::value Positions::to_json(std::uint32_t offset) const {
  const parser::Position at = position(offset);
  return json::object{{"line", at.line}, {"character", at.column}};
}

json::value Positions::to_json(parser::Range range) const {
  json::value start = to_json(range.begin);
  return json::object{{"start", std::move(start)}, {"end", to_json(range.end)}};
}

json::value Positions::edit_to_json(parser::Range range, std::string_view text) const {
  return json::object{{"range", to_json(range)}, {"newText", text}};
}

std::uint32_t Positions::offset(const json::value& position) const {
  const json::object& at = position.as_object();
  const std::uint32_t line = number(at.at("line")), column = number(at.at("character"));
  if (encoding_ == Encoding::utf16) return source_.offset({line, column});
  if (line >= source_.line_count()) return static_cast<std::uint32_t>(source_.text().size());
  const parser::Range whole = source_.line_range(line + 1);
  std::uint32_t offset = whole.begin + std::min(column, whole.size());
  // Never within a code point.
  while (offset > whole.begin && offset < whole.end &&
         (static_cast<unsigned char>(source_.text()[offset]) & 0xC0) == 0x80)
    --offset;
  return offset;
}

parser::Range Positions::range(const json::value& range) const {
  const json::object& object = range.as_object();
  const std::uint32_t a = offset(object.at("start")), b = offset(object.at("end"));
  return {std::min(a, b), std::max(a, b)};
}

}  // namespace mbuild::cli::lsp
