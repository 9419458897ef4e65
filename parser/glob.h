// Glob patterns as Go's path/filepath.Match reads them: the wildcards of COPY and ADD sources (SEMANTICS
// A11).
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace mbuild::parser {

struct GlobError {
  std::string message;  // "syntax error in pattern"
};

// Whether `pattern` matches all of `path`. `*` is any run of characters but `/`, `?` any one but `/`, `[a-z]`
// and
// `[^a-z]` a class (which, as in Go, may match a `/`; `[!a]` is the class of `!` and `a`), `\x` is x itself.
// A bad pattern is an error only when matching gets as far as the bad part, again as in Go. Takes at most
// |pattern| * |path| steps.
std::expected<bool, GlobError> glob_match(std::string_view pattern, std::string_view path);

// Whether any character of `pattern` is not just itself. An escape counts: the literal name needs
// glob_unescape().
bool has_wildcards(std::string_view pattern);

// The text without escapes of a pattern whose only special characters are escapes, or of one's literal
// prefix.
std::string glob_unescape(std::string_view pattern);

// The leading path components of `pattern` that hold no wildcard, as written: "a/b" of "a/b/*.c", "" of
// "*.c", the whole of a pattern without any. Whatever matches lies at or below it.
std::string_view literal_prefix(std::string_view pattern);

}  // namespace mbuild::parser
