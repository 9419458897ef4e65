#include "parser/location_json.h"

#include <algorithm>
#include <cstdint>

namespace mbuild::parser {

namespace {

void write_line(JsonWriter& writer, std::string_view key, unsigned line) {
  writer.key(key);
  writer.begin_object();
  writer.key("line");
  writer.number(line);
  writer.end();
}

}  // namespace

void write_location(JsonWriter& writer, const Source& source, Range range) {
  writer.key("location");
  writer.begin_object(JsonWriter::Layout::line);
  writer.key("ranges");
  writer.begin_array();
  writer.begin_object();
  write_line(writer, "start", source.line_of(range.begin));
  write_line(writer, "end", source.line_of(range.empty() ? range.end : range.end - 1));
  writer.end();
  writer.end();
  writer.end();
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) result += j <= count ? digits[group >> (18 - 6 * j) & 63] : '=';
  }
  return result;
}

}  // namespace mbuild::parser
