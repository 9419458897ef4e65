// IgnorePattern: one line of a .dockerignore, compiled (moby/patternmatcher; SEMANTICS A14).
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "parser/pattern_automaton.h"

namespace mbuild::parser {

// `**/` is zero or more directories, a trailing `**` everything below, `*` and `?` stay within one component,
// `[...]` is a class as Go's regexp reads it ([:alpha:] and its kin included), `\x` is x itself. A pattern
// without any of these is compared, "text**" is a prefix and "**text" a suffix. Immutable; safe to use from
// any thread.
//
// Differs from upstream, which turns patterns into Go regular expressions, in what only accidents of that
// make matter: a letter after a backslash is that letter (upstream: `\d` is a digit), wildcards inside a
// class and an unescaped `^` are literal.
class IgnorePattern {
 public:
  // `pattern` is clean and has no leading `!`. Fails with "syntax error in pattern".
  static std::expected<IgnorePattern, std::string> compile(std::string_view pattern);

  // Whether `path` itself, not one of its parents, matches.
  bool matches(std::string_view path) const;

  // Whether some path below the directory `path` may match.
  bool may_match_below(std::string_view path) const;

 private:
  enum class Kind { exact, prefix, suffix, general };

  Kind kind_ = Kind::exact;
  std::string text_;  // exact, prefix, suffix: what to compare with
  // general: what a match must begin and end with. Rejects most paths without running the automaton.
  std::string begins_;
  std::string ends_;
  PatternAutomaton automaton_;
};

}  // namespace mbuild::parser
