// The grammar of a logical line: where its parts lie. Pure functions over text, defined with Boost.Spirit X3
// in grammar_*.cc. A span counts from the start of the whole text that was given, and none of them ever
// throws.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "parser/lines.h"

namespace mbuild::parser::grammar {

// `NAME [--flag ...] arguments`; `arguments` is trimmed and may be empty. A word `--` ends the flags.
struct Instruction {
  Span keyword;
  std::vector<Span> flags;
  Span arguments;
};
Instruction instruction(std::string_view text, Span within);

// `--name=value` with quotes and escapes (always `\`) removed. `value` is empty, at the end, without a `=`.
struct Flag {
  std::string name;
  std::string value;
  bool has_value = false;
  Span value_span;  // as written, quotes included
};
Flag flag(std::string_view text, Span word);

// Words between blanks. Quotes mean nothing.
std::vector<Span> words(std::string_view text, Span within);

// Words between white space that is neither quoted nor escaped; quotes and escapes are kept (moby:
// parseWords).
std::vector<Span> quoted_words(std::string_view text, Span within, char escape);

// A JSON array that fills `within` (RFC 8259, read as Go's encoding/json does).
struct JsonString {
  std::string value;
  Span span;  // quotes included
};
struct JsonArray {
  enum class Kind { strings, mixed, none };  // mixed: a valid array, but not of strings alone
  Kind kind = Kind::none;
  std::vector<JsonString> strings;  // of Kind::strings
};
JsonArray json_array(std::string_view text, Span within);

// The words `<<NAME` of a shell command line, in order; none when the line's quotes are not closed.
// The escape character is always `\`.
struct HeredocWord {
  std::string name;
  std::string descriptor;
  bool quoted = false;  // any part of the name was quoted or escaped
  bool strip_tabs = false;
  Span span;
};
std::vector<HeredocWord> heredoc_words(std::string_view text, Span within);

// The fields of one line of comma-separated values: `a,"b,c","say ""d"""`.
struct CsvField {
  std::string value;
  Span span;  // quotes included
};
struct CsvError {
  std::string message;
  Span span;
};
std::expected<std::vector<CsvField>, CsvError> csv_fields(std::string_view text);

// A duration as Go writes them ("1h2m0.5s"), in nanoseconds; or what is wrong with it.
std::expected<long long, std::string> duration(std::string_view text);

}  // namespace mbuild::parser::grammar
