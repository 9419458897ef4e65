#include "parser/ignore_file.h"

#include "parser/characters.h"
#include "parser/ignore_pattern.h"
#include "parser/path.h"

namespace mbuild::parser {

namespace {

// A clean pattern, `!` first if it re-includes; what compile() takes and read_ignore_file() gives.
std::expected<IgnorePattern, PatternError> compile_one(std::string_view pattern) {
  std::string_view positive = pattern.substr(pattern.starts_with('!') ? 1 : 0);
  if (positive.empty())
    return std::unexpected(PatternError{std::string(pattern), "illegal exclusion pattern: \"!\""});
  auto compiled = IgnorePattern::compile(positive);
  if (!compiled) return std::unexpected(PatternError{std::string(pattern), compiled.error()});
  return std::move(*compiled);
}

std::string clean_line(std::string_view line) {
  bool negated = line.starts_with('!');
  if (negated) line = trim(line.substr(1));
  std::string pattern = line.empty() ? "" : clean_path(line);
  if (pattern.size() > 1 && pattern.starts_with('/')) pattern.erase(0, 1);
  return negated ? "!" + pattern : pattern;
}

}  // namespace

struct PatternMatcher::Program {
  struct Pattern {
    bool negated;
    IgnorePattern pattern;

    bool matches_or_parent(std::string_view path) const {
      if (pattern.matches(path)) return true;
      for (std::size_t i = path.find('/'); i != std::string_view::npos; i = path.find('/', i + 1))
        if (pattern.matches(path.substr(0, i))) return true;
      return false;
    }
  };
  std::vector<Pattern> patterns;
  bool has_negations = false;
};

std::expected<PatternMatcher, PatternError> PatternMatcher::compile(
    const std::vector<std::string>& patterns) {
  auto program = std::make_shared<Program>();
  for (const std::string& written : patterns) {
    std::string_view trimmed = trim(written);
    if (trimmed.empty()) continue;
    std::string pattern = clean_path(trimmed);
    auto one = compile_one(pattern);
    if (!one) return std::unexpected(std::move(one).error());
    bool negated = pattern.starts_with('!');
    program->has_negations = program->has_negations || negated;
    program->patterns.push_back({negated, std::move(*one)});
  }
  PatternMatcher result;
  if (!program->patterns.empty()) result.program_ = std::move(program);
  return result;
}

bool PatternMatcher::empty() const {
  return !program_;
}

bool PatternMatcher::has_negations() const {
  return program_ && program_->has_negations;
}

bool PatternMatcher::matches(std::string_view path) const {
  bool matched = false;
  if (!program_) return matched;
  for (const auto& p : program_->patterns)
    // A pattern that could only repeat what the ones before it decided need not be tried.
    if (p.negated == matched && p.matches_or_parent(path)) matched = !matched;
  return matched;
}

PatternMatcher::State PatternMatcher::match_child(const State& parent, std::string_view path) const {
  State state;
  if (!program_) return state;
  if (!program_->has_negations) {
    state.matched = parent.matched;
    for (const auto& p : program_->patterns) state.matched = state.matched || p.pattern.matches(path);
    return state;
  }
  std::size_t count = program_->patterns.size();
  state.parent_matches.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& p = program_->patterns[i];
    bool match = (!parent.parent_matches.empty() && parent.parent_matches[i]) || p.pattern.matches(path);
    state.parent_matches[i] = match;
    if (match) state.matched = !p.negated;
  }
  return state;
}

bool PatternMatcher::may_include_below(std::string_view path) const {
  if (!program_) return true;
  for (const auto& p : program_->patterns)
    if (p.negated && p.pattern.may_match_below(path)) return true;
  return false;
}

std::expected<std::vector<std::string>, PatternError> read_ignore_file(std::string_view text) {
  std::vector<std::string> patterns;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (unsigned line_number = 1; !text.empty(); ++line_number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : text.size());
    if (line.starts_with('#')) continue;
    line = trim(line);
    if (line.empty()) continue;
    std::string pattern = clean_line(line);
    // As compile() will see it: it cleans "!/" to "!".
    if (auto compiled = compile_one(clean_path(pattern)); !compiled) {
      PatternError error = std::move(compiled).error();
      error.line = line_number;
      return std::unexpected(std::move(error));
    }
    patterns.push_back(std::move(pattern));
  }
  return patterns;
}

}  // namespace mbuild::parser
