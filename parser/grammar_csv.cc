// One line of comma-separated values (RFC 4180, read as Go's encoding/csv does).
#include "parser/grammar.h"
#include "parser/grammar_x3.h"

namespace mbuild::parser::grammar {

namespace {

constexpr bool is_bare(char c) {
  return c != ',' && c != '"';
}
constexpr bool is_not_quote(char c) {
  return c != '"';
}

const auto bare = *ByteClass<is_bare>{};
const auto quoted = '"' >> *("\"\"" | ByteClass<is_not_quote>{}) >> '"';
const auto field = x3::raw[quoted | bare];

// The value of a field that matched.
std::string field_value(std::string_view written) {
  if (!written.starts_with('"')) return std::string(written);
  std::string value;
  for (std::size_t i = 1; i + 1 < written.size(); ++i) {
    value += written[i];
    if (written[i] == '"') ++i;
  }
  return value;
}

}  // namespace

std::expected<std::vector<CsvField>, CsvError> csv_fields(std::string_view text) {
  std::vector<CsvField> result;
  if (text.empty()) return std::unexpected(CsvError{"it is empty", {}});
  auto add = [&](auto& context) {
    const Match match = x3::_attr(context);
    result.push_back({field_value({match.begin(), match.end()}), span_of(text, match)});
  };
  Iterator first = text.data();
  const Iterator last = first + text.size();
  x3::parse(first, last, field[add] % ',');
  if (first == last) return result;
  const bool begins_with_quote = text[result.back().span.begin] == '"';
  return std::unexpected(CsvError{begins_with_quote
                                      ? "extraneous or missing \" in quoted field"
                                      : "a quote inside a field: quote the whole field, as in \"a,b\"",
                                  span_of(text, text.data() + result.back().span.begin, last)});
}

}  // namespace mbuild::parser::grammar
