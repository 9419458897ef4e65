// JSON arrays (RFC 8259), accepting what Go's encoding/json accepts (moby: line_parsers.go, parseJSON).
#include <algorithm>

#include "parser/grammar.h"
#include "parser/grammar_x3.h"
#include "parser/unicode.h"

namespace mbuild::parser::grammar {

namespace {

constexpr std::size_t deepest_nesting = 10000;  // encoding/json: maxNestingDepth

constexpr bool is_json_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
constexpr bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}
constexpr bool is_escape(char c) {
  return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
}
constexpr bool is_hexadecimal(char c) {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f');
}
constexpr bool is_decimal(char c) {
  return is_digit(c);
}

constexpr ByteClass<is_json_space> json_space{};
constexpr ByteClass<is_plain> plain{};
constexpr ByteClass<is_escape> escape{};
constexpr ByteClass<is_hexadecimal> hexadecimal{};
constexpr ByteClass<is_decimal> digit{};

const auto spaces = *json_space;
const auto string = '"' >> *(plain | '\\' >> (escape | 'u' >> hexadecimal >> hexadecimal >> hexadecimal >>
                                                           hexadecimal)) >>
                    '"';
const auto number = -x3::lit('-') >> ('0' | +digit) >> -('.' >> +digit) >>
                    -((x3::lit('e') | 'E') >> -(x3::lit('+') | '-') >> +digit);
const auto scalar = string | number | "true" | "false" | "null";

unsigned read_hexadecimal(std::string_view digits) {
  unsigned value = 0;
  for (char c : digits)
    value = value * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : to_lower(c) - 'a' + 10);
  return value;
}

// Reads the `XXXX` of a `\uXXXX` at `i`, and a low surrogate's whole escape after it. Half a pair gives
// U+FFFD.
char32_t read_unicode_escape(std::string_view text, std::size_t& i) {
  const char32_t first = read_hexadecimal(text.substr(i, 4));
  i += 4;
  if (first < 0xD800 || first > 0xDFFF) return first;
  if (first >= 0xDC00 || text.substr(i, 2) != "\\u") return replacement_character;
  const char32_t second = read_hexadecimal(text.substr(i + 2, 4));
  if (second < 0xDC00 || second > 0xDFFF) return replacement_character;
  i += 6;
  return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

// The value of a string that matched, given without its quotes.
std::string string_value(std::string_view text) {
  constexpr std::string_view letters = "bfnrt", controls = "\b\f\n\r\t";
  std::string unescaped;
  unescaped.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t backslash = std::min(text.find('\\', i), text.size());
    unescaped += text.substr(i, backslash - i);
    i = backslash + 2;
    if (backslash == text.size()) break;
    const char kind = text[backslash + 1];
    const std::size_t letter = letters.find(kind);
    if (kind == 'u')
      append_utf8(unescaped, read_unicode_escape(text, i));
    else
      unescaped += letter == std::string_view::npos ? kind : controls[letter];
  }
  std::string value;
  append_valid_utf8(value, unescaped);
  return value;
}

// One step of is_array: what may come next.
enum class Expect { value, value_or_end, comma_or_end, key, key_or_end };

// Whether the whole of the text is a JSON array of any values. Keeps its own stack: the text may nest deeply.
bool is_array(Iterator first, Iterator last) {
  std::string open;  // the brackets not closed yet
  Expect expect = Expect::value;
  do {
    x3::parse(first, last, spaces);
    if (first == last) return false;
    const bool closes = *first == (open.ends_with('{') ? '}' : ']');
    if (closes && !open.empty() && expect != Expect::value && expect != Expect::key) {
      ++first;
      open.pop_back();
      expect = Expect::comma_or_end;
    } else if (expect == Expect::comma_or_end) {
      if (*first++ != ',') return false;
      expect = open.back() == '{' ? Expect::key : Expect::value;
    } else if (expect == Expect::key || expect == Expect::key_or_end) {
      if (!x3::parse(first, last, string >> spaces >> ':')) return false;
      expect = Expect::value;
    } else if (*first == '[' || (*first == '{' && !open.empty())) {
      if (open.size() == deepest_nesting) return false;
      open += *first++;
      expect = open.back() == '{' ? Expect::key_or_end : Expect::value_or_end;
    } else {
      if (open.empty() || !x3::parse(first, last, scalar)) return false;
      expect = Expect::comma_or_end;
    }
  } while (!open.empty());
  return x3::parse(first, last, spaces >> x3::eoi);
}

}  // namespace

JsonArray json_array(std::string_view text, Span within) {
  JsonArray result;
  Iterator first = begin_of(text, within);
  const Iterator last = end_of(text, within);
  first += leading_spaces({first, last});
  if (first == last || *first != '[') return result;
  auto add = [&](auto& context) {
    const Match match = x3::_attr(context);
    result.strings.push_back({string_value({match.begin() + 1, match.end() - 1}), span_of(text, match)});
  };
  const auto strings = '[' >> spaces >> -((x3::raw[string][add] >> spaces) % (',' >> spaces)) >> ']';
  Iterator position = first;
  if (x3::parse(position, last, strings >> spaces >> x3::eoi)) {
    result.kind = JsonArray::Kind::strings;
    return result;
  }
  result.strings.clear();
  if (is_array(first, last)) result.kind = JsonArray::Kind::mixed;
  return result;
}

}  // namespace mbuild::parser::grammar
