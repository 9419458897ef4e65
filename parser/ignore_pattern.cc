#include "parser/ignore_pattern.h"

#include <array>
#include <optional>

#include "parser/glob.h"
#include "parser/unicode.h"

namespace mbuild::parser {

namespace {

struct NamedClass {
  std::string_view name;
  std::string_view ranges;  // pairs of characters
};
// Go's regexp/syntax: the POSIX classes, ASCII only.
constexpr std::array<NamedClass, 14> named_classes{{
    {"[:alnum:]", "09AZaz"},
    {"[:alpha:]", "AZaz"},
    {"[:ascii:]", {"\0\x7f", 2}},
    {"[:blank:]", "\t\t  "},
    {"[:cntrl:]", {"\0\x1f\x7f\x7f", 4}},
    {"[:digit:]", "09"},
    {"[:graph:]", "!~"},
    {"[:lower:]", "az"},
    {"[:print:]", " ~"},
    {"[:punct:]", "!/:@[`{~"},
    {"[:space:]", "\t\r  "},
    {"[:upper:]", "AZ"},
    {"[:word:]", "09AZaz__"},
    {"[:xdigit:]", "09AFaf"},
}};

class ClassReader {
 public:
  explicit ClassReader(std::string_view text) : text_(text) {}

  // Reads what follows a `[`; nullopt when it is malformed.
  std::optional<CharacterClass> read() {
    CharacterClass result;
    if (text_.starts_with('^')) {
      result.negated = true;
      text_.remove_prefix(1);
    }
    for (bool first = true; first || !text_.starts_with(']'); first = false) {
      if (text_.empty()) return std::nullopt;
      if (take_named(result)) continue;
      auto low = take();
      if (!low) return std::nullopt;
      auto high = low;
      if (text_.starts_with('-') && !text_.starts_with("-]")) {
        text_.remove_prefix(1);
        high = take();
        if (!high || *high < *low) return std::nullopt;
      }
      result.ranges.emplace_back(*low, *high);
    }
    text_.remove_prefix(1);
    return result;
  }

  std::string_view rest() const { return text_; }

 private:
  bool take_named(CharacterClass& result) {
    for (const NamedClass& named : named_classes) {
      if (!text_.starts_with(named.name)) continue;
      for (std::size_t i = 0; i < named.ranges.size(); i += 2)
        result.ranges.emplace_back(named.ranges[i], named.ranges[i + 1]);
      text_.remove_prefix(named.name.size());
      return true;
    }
    return false;
  }

  std::optional<char32_t> take() {
    if (text_.starts_with('\\')) text_.remove_prefix(1);
    if (text_.empty()) return std::nullopt;
    CodePoint c = decode_utf8(text_, 0);
    text_.remove_prefix(c.length);
    return c.value;
  }

  std::string_view text_;
};

constexpr std::string_view special = "*?[]\\";

// Fills an automaton, and notes the literal text that every match begins and ends with.
class PatternReader {
 public:
  explicit PatternReader(std::string_view pattern) : rest_(pattern) {}

  bool read(PatternAutomaton& automaton) {
    while (!rest_.empty())
      if (!read_one(automaton)) return false;
    return true;
  }

  std::string begins;
  std::string ends;

 private:
  bool read_one(PatternAutomaton& automaton) {
    if (take("**")) {
      take("/");
      if (rest_.empty())
        automaton.add_everything();
      else
        automaton.add_directories();
      note_wildcard();
    } else if (take("*")) {
      automaton.add_star();
      note_wildcard();
    } else if (take("?")) {
      automaton.add_any();
      note_wildcard();
    } else if (take("[")) {
      ClassReader reader(rest_);
      auto members = reader.read();
      if (!members) return false;
      automaton.add_class(std::move(*members));
      rest_ = reader.rest();
      note_wildcard();
    } else {
      take("\\");
      if (rest_.empty()) return false;
      CodePoint c = decode_utf8(rest_, 0);
      automaton.add_literal(c.value);
      note_literal(c, rest_.substr(0, c.length));
      rest_.remove_prefix(c.length);
    }
    return true;
  }

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  void note_literal(CodePoint c, std::string_view text) {
    // A byte that is no UTF-8 matches any such byte, so it cannot be compared.
    if (c.value == replacement_character) return note_wildcard();
    ends += text;
    if (!wildcard_) begins += text;
  }

  void note_wildcard() {
    wildcard_ = true;
    ends.clear();
  }

  std::string_view rest_;
  bool wildcard_ = false;
};

}  // namespace

std::expected<IgnorePattern, std::string> IgnorePattern::compile(std::string_view pattern) {
  const std::string bad_pattern = "syntax error in pattern";
  // Upstream's own check of the syntax.
  if (!glob_match(pattern, ".")) return std::unexpected(bad_pattern);
  IgnorePattern result;
  std::size_t wildcard = pattern.find_first_of(special);
  if (wildcard == std::string_view::npos) {
    result.text_ = pattern;
  } else if (pattern.substr(wildcard) == "**" && wildcard > 0) {
    result.kind_ = Kind::prefix;
    result.text_ = pattern.substr(0, wildcard);
  } else if (pattern.starts_with("**") && pattern.find_first_of(special, 2) == std::string_view::npos) {
    result.kind_ = Kind::suffix;
    result.text_ = pattern.substr(2);
  } else {
    PatternReader reader(pattern);
    if (!reader.read(result.automaton_)) return std::unexpected(bad_pattern);
    result.kind_ = Kind::general;
    result.begins_ = std::move(reader.begins);
    result.ends_ = std::move(reader.ends);
  }
  return result;
}

bool IgnorePattern::matches(std::string_view path) const {
  switch (kind_) {
    case Kind::exact:
      return path == text_;
    case Kind::prefix:
      return path.starts_with(text_);
    case Kind::suffix:
      // "**/name" matches a bare "name" too.
      return path.ends_with(text_) || (text_.front() == '/' && path == std::string_view(text_).substr(1));
    case Kind::general:
      break;
  }
  return path.starts_with(begins_) && path.ends_with(ends_) && automaton_.matches(path);
}

bool IgnorePattern::may_match_below(std::string_view path) const {
  std::string inside(path);
  inside += '/';
  switch (kind_) {
    case Kind::exact:
      return text_.starts_with(inside);
    case Kind::prefix:
      return text_.starts_with(inside) || inside.starts_with(text_);
    case Kind::suffix:
      return true;
    case Kind::general:
      break;
  }
  return automaton_.may_match_beyond(inside);
}

}  // namespace mbuild::parser
