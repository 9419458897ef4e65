// Heredoc words of a shell command line (moby: frontend/dockerfile/parser/parser.go, heredocsFromLine; the
// words are those of shell/lex.go with quotes, escapes and unset variables kept as written).
#include "parser/grammar.h"
#include "parser/grammar_x3.h"

namespace mbuild::parser::grammar {

namespace {

constexpr bool is_marker_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}
constexpr bool is_decimal(char c) {
  return is_digit(c);
}
constexpr bool is_name_character(char c) {
  return is_digit(c) || c == '_' || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// `"..."` or `${...}` with whatever is nested in them. Fails when they are not closed or when `${}` holds
// what no variable can: the line has no heredocs then. Keeps its own stack: the text may nest deeply.
struct Nested : x3::parser<Nested> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  // Steps over the `name` and the operator after a `${`.
  static bool enter_braces(Iterator& i, Iterator last) {
    while (i != last && is_name_character(*i)) ++i;
    const std::string_view rest(i, last);
    if (rest.starts_with('}')) return true;
    std::size_t operators = rest.starts_with(':') ? 1 : 0;
    if (rest.size() == operators) return false;
    const std::string_view allowed = operators == 1 ? "+-?" : "+-?#%/*@!$0";
    if (allowed.find(rest[operators]) == std::string_view::npos) return false;
    i += operators + 1;
    return true;
  }

  template <typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator last, const Context&, RuleContext&, Attribute&) const {
    std::string open;  // `"` or `}`, whichever closes
    Iterator i = first;
    do {
      if (i == last) return false;
      const char c = *i++;
      if (!open.empty() && c == open.back()) {
        open.pop_back();
      } else if (c == '"') {
        open += '"';
      } else if (c == '$' && i != last && *i == '{') {
        ++i;
        open += '}';
        if (!enter_braces(i, last)) return false;
      } else if (open.empty()) {
        return false;
      } else if (c == '\\') {
        if (i != last) ++i;
      } else if (c == '\'' && open.back() == '}') {
        while (i != last && *i != '\'') ++i;
        if (i == last) return false;
        ++i;
      }
    } while (!open.empty());
    first = i;
    return true;
  }
};

constexpr Nested nested{};
const auto escaped = '\\' >> -x3::omit[x3::char_];
const auto single_quoted = '\'' >> *x3::omit[~x3::char_('\'')] >> '\'';
const auto marker = "<<" >> *ByteClass<is_marker_blank>{};
const auto starts_nested = x3::lit('"') | '\'' | "${";
const auto plain = x3::omit[x3::char_] - space - starts_nested;
const auto word = x3::raw[+(escaped | marker | single_quoted | nested | plain)];

// The name in a word, quotes and escapes removed; false when nothing remains, or a quote stays open.
bool read_name(std::string_view text, HeredocWord& result) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
      result.quoted = true;
    } else if (quote != 0 && c == quote) {
      quote = 0;
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      // In double quotes a backslash is ordinary unless a quote, a dollar or another one follows.
      const bool escapes = quote == 0 || text[i + 1] == '"' || text[i + 1] == '$' || text[i + 1] == '\\';
      result.quoted = true;
      if (escapes) ++i;
      result.name += text[i];
    } else {
      result.name += c;
    }
  }
  return quote == 0 && !result.name.empty();
}

// A word that is `[digits]<<[-]name`, with a name that holds no `<`.
bool read_word(std::string_view text, HeredocWord& result) {
  Match descriptor(text.data(), text.data());
  Iterator first = text.data();
  const Iterator last = first + text.size();
  const auto head = x3::raw[*ByteClass<is_decimal>{}] >> "<<";
  if (!x3::parse(first, last, head, descriptor)) return false;
  result.strip_tabs = first != last && *first == '-';
  if (result.strip_tabs) ++first;
  x3::parse(first, last, *ByteClass<is_marker_blank>{});
  const std::string_view name(first, last);
  if (name.find('<') != std::string_view::npos) return false;
  result.descriptor.assign(descriptor.begin(), descriptor.end());
  return read_name(name, result);
}

}  // namespace

std::vector<HeredocWord> heredoc_words(std::string_view text, Span within) {
  std::vector<HeredocWord> result;
  if (text.substr(within.begin, within.size()).find("<<") == std::string_view::npos) return result;
  auto add = [&](auto& context) {
    const Match match = x3::_attr(context);
    HeredocWord heredoc;
    if (!read_word({match.begin(), match.end()}, heredoc)) return;
    heredoc.span = span_of(text, match);
    result.push_back(std::move(heredoc));
  };
  Iterator first = begin_of(text, within);
  const Iterator last = end_of(text, within);
  if (!x3::parse(first, last, *space >> *(word[add] >> *space) >> x3::eoi)) result.clear();
  return result;
}

}  // namespace mbuild::parser::grammar
