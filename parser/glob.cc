#include "parser/glob.h"

#include <optional>

#include "parser/unicode.h"

namespace mbuild::parser {

namespace {

constexpr std::string_view bad_pattern = "syntax error in pattern";

std::unexpected<GlobError> bad() {
  return std::unexpected(GlobError{std::string(bad_pattern)});
}

// A run of the pattern without stars, and whether stars come before it.
struct Chunk {
  bool star = false;
  std::string_view text;
};

Chunk take_chunk(std::string_view& pattern) {
  Chunk chunk;
  while (pattern.starts_with('*')) {
    pattern.remove_prefix(1);
    chunk.star = true;
  }
  bool in_class = false;
  std::size_t end = 0;
  for (; end < pattern.size(); ++end) {
    char c = pattern[end];
    if (c == '\\' && end + 1 < pattern.size())
      ++end;
    else if (c == '[')
      in_class = true;
    else if (c == ']')
      in_class = false;
    else if (c == '*' && !in_class)
      break;
  }
  chunk.text = pattern.substr(0, end);
  pattern.remove_prefix(end);
  return chunk;
}

// One end of a range in a class; nullopt when it is malformed or nothing follows it.
std::optional<char32_t> take_class_character(std::string_view& chunk) {
  if (chunk.empty() || chunk.front() == '-' || chunk.front() == ']') return std::nullopt;
  if (chunk.front() == '\\') chunk.remove_prefix(1);
  if (chunk.empty()) return std::nullopt;
  CodePoint c = decode_utf8(chunk, 0);
  if (c.value == replacement_character && c.length == 1) return std::nullopt;
  chunk.remove_prefix(c.length);
  if (chunk.empty()) return std::nullopt;
  return c.value;
}

// Reads a class, `[` already taken, and says whether `c` is in it.
std::expected<bool, GlobError> take_class(std::string_view& chunk, char32_t c) {
  bool negated = chunk.starts_with('^');
  if (negated) chunk.remove_prefix(1);
  bool matched = false;
  for (bool first = true; first || !chunk.starts_with(']'); first = false) {
    auto low = take_class_character(chunk);
    if (!low) return bad();
    auto high = low;
    if (chunk.starts_with('-')) {
      chunk.remove_prefix(1);
      high = take_class_character(chunk);
      if (!high) return bad();
    }
    matched = matched || (*low <= c && c <= *high);
  }
  chunk.remove_prefix(1);
  return matched != negated;
}

// Takes the chunk off the begin of `text`; nullopt when it does not match. Reads all of the chunk even then,
// so that a malformed one is always noticed.
std::expected<std::optional<std::string_view>, GlobError> match_chunk(std::string_view chunk,
                                                                      std::string_view text) {
  bool failed = false;
  while (!chunk.empty()) {
    failed = failed || text.empty();
    CodePoint next = failed ? CodePoint{} : decode_utf8(text, 0);
    if (chunk.front() == '[') {
      chunk.remove_prefix(1);
      auto in_class = take_class(chunk, failed ? 0 : next.value);
      if (!in_class) return std::unexpected(in_class.error());
      if (!failed) text.remove_prefix(next.length);
      failed = failed || !*in_class;
    } else if (chunk.front() == '?') {
      chunk.remove_prefix(1);
      failed = failed || next.value == '/';
      if (!failed) text.remove_prefix(next.length);
    } else {
      if (chunk.front() == '\\') chunk.remove_prefix(1);
      if (chunk.empty()) return bad();
      failed = failed || chunk.front() != text.front();
      if (!failed) text.remove_prefix(1);
      chunk.remove_prefix(1);
    }
  }
  if (failed) return std::nullopt;
  return text;
}

// Takes stars and a chunk off `path` at the first place where they fit: what a star took before never needs
// to be reconsidered. `last`: nothing may remain.
std::expected<std::optional<std::string_view>, GlobError> match_star_chunk(std::string_view chunk, bool last,
                                                                           std::string_view path) {
  for (std::size_t i = 0; i < path.size() && path[i] != '/'; ++i) {
    auto rest = match_chunk(chunk, path.substr(i + 1));
    if (!rest || (*rest && (!last || (*rest)->empty()))) return rest;
  }
  return std::nullopt;
}

}  // namespace

std::expected<bool, GlobError> glob_match(std::string_view pattern, std::string_view path) {
  while (!pattern.empty()) {
    Chunk chunk = take_chunk(pattern);
    if (chunk.star && chunk.text.empty()) return path.find('/') == std::string_view::npos;
    bool last = pattern.empty();
    auto rest = match_chunk(chunk.text, path);
    if (!rest) return std::unexpected(rest.error());
    if (*rest && last && !(*rest)->empty()) *rest = std::nullopt;
    if (!*rest && chunk.star) rest = match_star_chunk(chunk.text, last, path);
    if (!rest) return std::unexpected(rest.error());
    if (!*rest) return false;
    path = **rest;
  }
  return path.empty();
}

bool has_wildcards(std::string_view pattern) {
  return pattern.find_first_of("*?[\\") != std::string_view::npos;
}

std::string glob_unescape(std::string_view pattern) {
  std::string result;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    result += pattern[i];
  }
  return result;
}

std::string_view literal_prefix(std::string_view pattern) {
  std::size_t slash = std::string_view::npos;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '/') slash = i;
    if (c == '*' || c == '?' || c == '[')
      return pattern.substr(0, slash == std::string_view::npos ? 0 : slash);
    if (c == '\\') ++i;
  }
  return pattern;
}

}  // namespace mbuild::parser
