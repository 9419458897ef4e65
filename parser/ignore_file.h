// .dockerignore: reading it, and deciding what it leaves out (moby/patternmatcher; SEMANTICS A14).
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)

namespace mbuild::parser {

struct PatternError {
  std::string pattern;
  std::string message;
  unsigned line = 0;  // 1-based in the file; 0 when the patterns came from elsewhere
};

// An ordered list of patterns, the last match deciding. Immutable; safe to use from any thread.
// Also the matcher behind COPY --exclude.
class PatternMatcher {
 public:
  PatternMatcher() = default;  // matches nothing
  static std::expected<PatternMatcher, PatternError> compile(const std::vector<std::string>& patterns);

  bool empty() const;
  bool has_negations() const;

  // Whether `path` (relative, slash separated, no leading "./") is excluded, its parents considered.
  bool matches(std::string_view path) const;

  // The same for a walk from the top, which knows what its parent directory got: pass the parent's `State`
  // ({} at the top), get the child's. Cheaper than matches() and equal to it.
  //
  // Upstream's walk is not always equal to its own matches(): it forgets that a directory matched a pattern
  // which could not change the result for that directory, so that of "a", "!a/b", "a" only the first two
  // decide for a/b. Here the last match decides, as documented.
  struct State {
    bool matched = false;
    std::vector<bool> parent_matches;  // one a pattern; empty when no pattern is a negation
  };
  State match_child(const State& parent, std::string_view path) const;

  // False when nothing below the excluded directory `path` can be included again: the walk may skip it.
  bool may_include_below(std::string_view path) const;

 private:
  struct Program;
  std::shared_ptr<const Program> program_;  // null: no patterns
};

// The patterns of a .dockerignore file, fit for compile(): comments and blank lines dropped, entries cleaned.
// Fails on the first that compile() would refuse, naming its line.
std::expected<std::vector<std::string>, PatternError> read_ignore_file(std::string_view text);

}  // namespace mbuild::parser

#pragma GCC visibility pop
