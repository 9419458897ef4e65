// The frame of every instruction: keyword, flags, arguments (moby:
// frontend/dockerfile/parser/split_command.go).
#include <algorithm>

#include "parser/grammar.h"
#include "parser/grammar_x3.h"

namespace mbuild::parser::grammar {

namespace {

// Quotes may be left open, and a `\` may stand last: what is missing then counts as nothing.
const auto escaped = '\\' >> -x3::omit[x3::char_];
const auto single_quoted = '\'' >> *(escaped | x3::omit[~x3::char_('\'')]) >> -x3::lit('\'');
const auto double_quoted = '"' >> *(escaped | x3::omit[~x3::char_('"')]) >> -x3::lit('"');
const auto end_of_flags = "--" >> (space | x3::eoi);
const auto flag_word = !end_of_flags >> "--" >>
                       *(escaped | single_quoted | double_quoted | (x3::omit[x3::char_] - space));

// One character of a flag as it counts, with the escape character before it.
const auto flag_character = x3::raw['\\' >> x3::char_ | x3::char_];
const auto in_single_quotes = x3::raw['\\' >> x3::char_ | ~x3::char_('\'')];
const auto in_double_quotes = x3::raw['\\' >> x3::char_ | ~x3::char_('"')];

}  // namespace

Instruction instruction(std::string_view text, Span within) {
  within.begin += static_cast<std::uint32_t>(leading_spaces(text.substr(within.begin, within.size())));
  within.end -= static_cast<std::uint32_t>(trailing_spaces(text.substr(within.begin, within.size())));
  Instruction result;
  Iterator first = begin_of(text, within);
  const Iterator last = end_of(text, within);
  Match keyword(first, first);
  x3::parse(first, last, x3::raw[+not_blank], keyword);
  result.keyword = span_of(text, keyword);
  x3::parse(first, last, *space);
  result.arguments = span_of(text, first, last);
  if (first == last || *first != '-') return result;
  auto add_flag = [&](auto& context) { result.flags.push_back(span_of(text, x3::_attr(context))); };
  x3::parse(first, last, *(x3::raw[flag_word][add_flag] >> *space) >> -(end_of_flags >> *space));
  result.arguments = span_of(text, first, last);
  return result;
}

Flag flag(std::string_view text, Span word) {
  Flag result;
  const std::string_view written = text.substr(word.begin + 2, word.size() - 2);
  if (written.find_first_of("'\"\\") == std::string_view::npos) {  // most are: nothing to remove
    const std::size_t length = std::min(written.find('='), written.size());
    result.name = written.substr(0, length);
    result.has_value = length < written.size();
    if (result.has_value) result.value = written.substr(length + 1);
    result.value_span = {word.end - static_cast<std::uint32_t>(result.value.size()), word.end};
    return result;
  }
  std::string content;
  std::size_t equals = std::string::npos;  // in content
  Iterator value = end_of(text, word);
  auto add = [&](auto& context) {
    const Match match = x3::_attr(context);
    const char character = *(match.end() - 1);
    if (character == '=' && equals == std::string::npos) {
      equals = content.size();
      value = match.end();
    }
    content += character;
  };
  Iterator first = begin_of(text, word) + 2;
  x3::parse(first, end_of(text, word),
            *('\'' >> *in_single_quotes[add] >> -x3::lit('\'') |
              '"' >> *in_double_quotes[add] >> -x3::lit('"') | ('\\' >> x3::eoi) | flag_character[add]));
  result.name = content.substr(0, equals);
  result.has_value = equals != std::string::npos;
  if (result.has_value) result.value = content.substr(equals + 1);
  result.value_span = span_of(text, value, end_of(text, word));
  return result;
}

}  // namespace mbuild::parser::grammar
