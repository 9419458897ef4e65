// Word expansion: quotes, escapes and variables, as in moby's frontend/dockerfile/shell (SEMANTICS A6).
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)

namespace mbuild::parser {

// The value of a variable, or nullopt when it is not set. Called once per use.
using VariableLookup = std::function<std::optional<std::string>(std::string_view name)>;

// Upstream's texts, without its prefix 'failed to process "<word>": '.
struct ExpandError {
  std::string message;     // e.g. "syntax error: missing '}'"
  std::size_t offset = 0;  // byte offset into the word: the `$` or quote that begins what is wrong
  bool missing = false;    // the word is well formed, but `${name:?}` found no value
};

struct ExpandOptions {
  char escape = '\\';
  bool keep_quotes = false;  // quotes stay in the result, but do their work
  bool raw_quotes = false;   // quotes are ordinary characters (bodies of heredocs)
  bool raw_escapes = false;  // escapes are kept as written
  bool skip_unset = false;   // `$name` of an unset variable is kept as written
};

struct Expansion {
  std::string text;
  std::vector<std::string> unset;  // names that were used without being set, in order, without repeats
};

// Longer results are refused: a few lines of `ENV a=$a$a` would need more memory than there is. It is what
// upstream's own transport of one message allows.
inline constexpr std::size_t max_expansion = 16 << 20;
// So are words whose operations read and write more than this on the way to a result, however short it is.
inline constexpr std::size_t max_expansion_work = 2 * max_expansion;

// One word in, one string out ("ProcessWord"). Bytes that are no UTF-8 become U+FFFD. Takes time linear in
// the word and the values it uses, and no stack however deep `${a:-${b:-...}}` nests. Pure, if `lookup` is.
std::expected<Expansion, ExpandError> expand(std::string_view word, const VariableLookup& lookup,
                                             const ExpandOptions& options = {});

// As expand(), then split on unquoted blanks ("ProcessWords"): EXPOSE, RUN-like lists.
std::expected<std::vector<std::string>, ExpandError> expand_to_words(std::string_view word,
                                                                     const VariableLookup& lookup,
                                                                     const ExpandOptions& options = {});

}  // namespace mbuild::parser

#pragma GCC visibility pop
