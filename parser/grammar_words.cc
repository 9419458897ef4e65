// Arguments that are words (moby: frontend/dockerfile/parser/line_parsers.go).
#include "parser/grammar.h"
#include "parser/grammar_x3.h"

namespace mbuild::parser::grammar {

std::vector<Span> words(std::string_view text, Span within) {
  std::vector<Span> result;
  auto add = [&](auto& context) { result.push_back(span_of(text, x3::_attr(context))); };
  Iterator first = begin_of(text, within);
  x3::parse(first, end_of(text, within), *blank >> *(x3::raw[+not_blank][add] >> *blank));
  return result;
}

std::vector<Span> quoted_words(std::string_view text, Span within, char escape) {
  std::vector<Span> result;
  auto add = [&](auto& context) { result.push_back(span_of(text, x3::_attr(context))); };
  // A quote may be left open; an escape character that stands last belongs to no word.
  const auto any = x3::omit[x3::char_];
  const auto escaped = escape >> any;
  const auto single_quoted = '\'' >> *x3::omit[~x3::char_('\'')] >> -x3::lit('\'');
  const auto double_quoted = '"' >> *(escaped | (any - '"' - (escape >> x3::eoi))) >> -x3::lit('"');
  const auto plain = any - space - (escape >> x3::eoi);
  const auto word = x3::raw[+(escaped | single_quoted | double_quoted | plain)];
  Iterator first = begin_of(text, within);
  x3::parse(first, end_of(text, within), *space >> *(word[add] >> *space));
  return result;
}

}  // namespace mbuild::parser::grammar
