#include "registry/remote/toml.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>

namespace mbuild::remote {

namespace {

constexpr int kMaxDepth = 8;

class Parser {
 public:
  Parser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Result<TomlDocument> parse() {
    TomlDocument document;
    std::vector<std::string> table;
    while (skip_blank(), !at_end()) {
      if (accept('[')) {
        if (peek() == '[') return wrong("arrays of tables are not expected here");
        table = MBUILD_TRY(parse_key());
        if (!accept(']')) return wrong("expected \"]\"");
        document.tables.push_back(table);
      } else {
        TomlEntry entry{table, "", {}, line_};
        std::vector<std::string> key = MBUILD_TRY(parse_key());
        entry.key = key.back();
        entry.table.insert(entry.table.end(), key.begin(), key.end() - 1);
        if (!accept('=')) return wrong("expected \"=\"");
        skip_spaces();
        entry.value = MBUILD_TRY(parse_value(0));
        document.entries.push_back(std::move(entry));
      }
      skip_spaces();
      if (peek() == '#') skip_line();
      if (!at_end() && peek() != '\n') return wrong("more than one thing in a line");
    }
    return document;
  }

 private:
  bool at_end() const { return position_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[position_]; }
  char next() {
    if (peek() == '\n') ++line_;
    return text_[position_++];
  }
  bool accept(char c) {
    if (at_end() || peek() != c) return false;
    next();
    return true;
  }
  void skip_spaces() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\r') next();
  }
  void skip_line() {
    while (!at_end() && peek() != '\n') next();
  }
  // Spaces, line ends and comments.
  void skip_blank() {
    for (;;) {
      skip_spaces();
      if (peek() == '#')
        skip_line();
      else if (!accept('\n'))
        return;
    }
  }
  std::unexpected<Error> wrong(std::string_view why) const {
    return fail(ErrorKind::invalid_input, fmt::format("{}:{}: {}", name_, line_, why));
  }

  // Bare and quoted names, joined by dots.
  Result<std::vector<std::string>> parse_key() {
    std::vector<std::string> parts;
    do {
      skip_spaces();
      if (peek() == '"' || peek() == '\'') {
        parts.push_back(MBUILD_TRY(parse_string()));
      } else {
        std::string part;
        while (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '_' || peek() == '-')
          part += next();
        if (part.empty()) return wrong("expected a name");
        parts.push_back(std::move(part));
      }
      skip_spaces();
    } while (accept('.'));
    return parts;
  }

  Result<std::string> parse_string() {
    char quote = next();
    std::string result;
    while (!accept(quote)) {
      if (at_end() || peek() == '\n') return wrong("the string is not closed");
      if (quote == '"' && accept('\\'))
        result += MBUILD_TRY(parse_escape());
      else
        result += next();
    }
    return result;
  }

  Result<char> parse_escape() {
    char c = at_end() ? '\0' : next();
    switch (c) {
      case '"':
      case '\\':
        return c;
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case 'r':
        return '\r';
      default:
        return wrong("unknown escape in a string");
    }
  }

  Result<TomlValue> parse_value(int depth) {
    if (peek() == '"' || peek() == '\'') return TomlValue{MBUILD_TRY(parse_string())};
    if (peek() == '[') return parse_array(depth);
    std::string word;
    while (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '-' || peek() == '+') word += next();
    if (word == "true" || word == "false") return TomlValue{word == "true"};
    std::int64_t number = 0;
    auto parsed = std::from_chars(word.data(), word.data() + word.size(), number);
    if (word.empty() || parsed.ec != std::errc() || parsed.ptr != word.data() + word.size())
      return wrong("expected a string, a boolean, an integer or an array");
    return TomlValue{number};
  }

  Result<TomlValue> parse_array(int depth) {
    if (depth == kMaxDepth) return wrong("arrays are nested too deeply");
    next();
    std::vector<TomlValue> elements;
    for (;;) {
      skip_blank();
      if (accept(']')) return TomlValue{std::move(elements)};
      elements.push_back(MBUILD_TRY(parse_value(depth + 1)));
      skip_blank();
      if (accept(',') || peek() == ']') continue;
      return wrong("expected \",\" or \"]\"");
    }
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t position_ = 0;
  unsigned line_ = 1;
};

}  // namespace

Result<TomlDocument> parse_toml(std::string_view text, const std::string& name) {
  return Parser(text, name).parse();
}

}  // namespace mbuild::remote
