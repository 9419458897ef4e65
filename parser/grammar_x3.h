// What the rules in grammar_*.cc share. Includes Boost.Spirit X3: for those files alone.
#pragma once

#include <boost/spirit/home/x3.hpp>

#include <cstdint>
#include <string_view>

#include "parser/characters.h"
#include "parser/lines.h"

namespace mbuild::parser::grammar {

namespace x3 = boost::spirit::x3;

using Iterator = const char*;
using Match = boost::iterator_range<Iterator>;  // the attribute of x3::raw

// One byte of a class. Unlike a character set of X3 it needs no table that is filled at run time.
template <bool (*contains)(char)>
struct ByteClass : x3::parser<ByteClass<contains>> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  template <typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator last, const Context&, RuleContext&, Attribute&) const {
    if (first == last || !contains(*first)) return false;
    ++first;
    return true;
  }
};

// One white space character, Unicode's included.
struct Space : x3::parser<Space> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  template <typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator last, const Context&, RuleContext&, Attribute&) const {
    std::size_t length = space_length({first, last});
    first += length;
    return length != 0;
  }
};

constexpr bool is_not_blank(char c) {
  return !is_blank(c);
}

inline constexpr ByteClass<is_blank> blank{};
inline constexpr ByteClass<is_not_blank> not_blank{};
inline constexpr Space space{};

// The bytes of `within`, and the span of a match among those of `text`.
inline Iterator begin_of(std::string_view text, Span within) {
  return text.data() + within.begin;
}
inline Iterator end_of(std::string_view text, Span within) {
  return text.data() + within.end;
}
inline Span span_of(std::string_view text, Iterator begin, Iterator end) {
  return {static_cast<std::uint32_t>(begin - text.data()), static_cast<std::uint32_t>(end - text.data())};
}
inline Span span_of(std::string_view text, Match match) {
  return span_of(text, match.begin(), match.end());
}

}  // namespace mbuild::parser::grammar
