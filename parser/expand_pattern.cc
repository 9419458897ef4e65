#include "parser/expand_pattern.h"

#include <algorithm>

#include "parser/unicode.h"

namespace mbuild::parser {

namespace {

std::size_t line_end(std::u32string_view text, std::size_t from) {
  return std::min(text.find(U'\n', from), text.size());
}

// Where `count` code points after `offset` end. Counting, not re-encoding, keeps bytes that are no UTF-8.
std::size_t advance(std::string_view text, std::size_t offset, std::size_t count) {
  for (; count > 0; --count) offset += decode_utf8(text, offset).length;
  return offset;
}

struct Reference {
  bool whole_match;    // `$0`
  std::size_t length;  // bytes after the dollar; 0 when it is no reference
};

// Reads `name` or `{name}` after a dollar as Go's Regexp.Expand does.
Reference read_reference(std::string_view text) {
  bool brace = text.starts_with('{');
  std::size_t begin = brace ? 1 : 0;
  std::size_t end = begin;
  while (end < text.size()) {
    CodePoint c = decode_utf8(text, end);
    if (!is_letter(c.value) && !is_decimal_digit(c.value) && c.value != '_') break;
    end += c.length;
  }
  if (end == begin) return {};
  bool whole_match = text.substr(begin, end - begin) == "0";
  if (!brace) return {whole_match, end};
  if (end == text.size() || text[end] != '}') return {};
  return {whole_match, end + 1};
}

void append_replacement(std::string& result, std::string_view replacement, std::string_view matched) {
  while (true) {
    std::size_t dollar = replacement.find('$');
    result += replacement.substr(0, dollar);
    if (dollar == std::string_view::npos) return;
    replacement.remove_prefix(dollar + 1);
    if (replacement.starts_with('$')) {
      result += '$';
      replacement.remove_prefix(1);
      continue;
    }
    Reference reference = read_reference(replacement);
    if (reference.length == 0) result += '$';
    if (reference.whole_match) result += matched;
    replacement.remove_prefix(reference.length);
  }
}

}  // namespace

std::expected<ShellPattern, std::string> ShellPattern::compile(std::string_view pattern) {
  ShellPattern result;
  result.segments_.emplace_back();
  bool after_star = false;
  for (std::size_t i = 0; i < pattern.size();) {
    CodePoint c = decode_utf8(pattern, i);
    i += c.length;
    if (c.value == '*') {
      if (!after_star) result.segments_.emplace_back();
      after_star = true;
      continue;
    }
    after_star = false;
    if (c.value == '?') {
      result.segments_.back() += any_;
      continue;
    }
    if (c.value == '\\') {
      std::string_view escaped = pattern.substr(i, i < pattern.size() ? decode_utf8(pattern, i).length : 0);
      if (escaped != "*" && escaped != "?" && escaped != "\\" && escaped != "}" && escaped != "/")
        return std::unexpected("invalid escape '\\" + std::string(escaped) + "'");
      c.value = static_cast<unsigned char>(escaped.front());
      i += 1;
    }
    result.segments_.back() += c.value;
  }
  return result;
}

bool ShellPattern::matches_at(const Segment& segment, std::u32string_view text, std::size_t at) {
  if (text.size() - at < segment.size()) return false;
  for (std::size_t i = 0; i < segment.size(); ++i)
    if (segment[i] == any_ ? text[at + i] == U'\n' : segment[i] != text[at + i]) return false;
  return true;
}

std::optional<std::size_t> ShellPattern::find_first(const Segment& segment, std::u32string_view text,
                                                    std::size_t from, std::size_t last) {
  for (std::size_t i = from; i <= last; ++i)
    if (matches_at(segment, text, i)) return i;
  return std::nullopt;
}

std::optional<std::size_t> ShellPattern::find_last(const Segment& segment, std::u32string_view text,
                                                   std::size_t from, std::size_t last) {
  for (std::size_t i = last + 1; i > from; --i)
    if (matches_at(segment, text, i - 1)) return i - 1;
  return std::nullopt;
}

// Taking the earliest place for every segment but the last loses nothing: a later place leaves the rest less
// of the line that a star may span. So both the shortest and the longest match are found without
// backtracking.
std::optional<std::size_t> ShellPattern::match_from(std::u32string_view text, std::size_t at,
                                                    bool longest) const {
  if (!matches_at(segments_.front(), text, at)) return std::nullopt;
  at += segments_.front().size();
  for (std::size_t i = 1; i < segments_.size(); ++i) {
    bool take_last = longest && i + 1 == segments_.size();
    std::size_t last = line_end(text, at);
    auto found =
        take_last ? find_last(segments_[i], text, at, last) : find_first(segments_[i], text, at, last);
    if (!found) return std::nullopt;
    at = *found + segments_[i].size();
  }
  return at;
}

std::optional<ShellPattern::Match> ShellPattern::find(std::u32string_view text, std::size_t from) const {
  const Segment& first = segments_.front();
  bool one_line = first.find(U'\n') == Segment::npos;
  while (from <= text.size()) {
    auto begin = find_first(first, text, from, text.size());
    if (!begin) return std::nullopt;
    if (auto end = match_from(text, *begin, true)) return Match{*begin, *end};
    // What failed from here fails from every later place of the same line, which offers the stars less.
    from = one_line && segments_.size() > 1 ? line_end(text, *begin) + 1 : *begin + 1;
  }
  return std::nullopt;
}

ShellPattern ShellPattern::reversed() const {
  ShellPattern result = *this;
  std::reverse(result.segments_.begin(), result.segments_.end());
  for (Segment& segment : result.segments_) std::reverse(segment.begin(), segment.end());
  return result;
}

std::string_view ShellPattern::without_prefix(std::string_view value, bool longest) const {
  std::u32string text = decode_utf8(value);
  auto end = match_from(text, 0, longest);
  return end ? value.substr(advance(value, 0, *end)) : value;
}

std::string_view ShellPattern::without_suffix(std::string_view value, bool longest) const {
  std::u32string text = decode_utf8(value);
  std::reverse(text.begin(), text.end());
  auto end = reversed().match_from(text, 0, longest);
  return end ? value.substr(0, advance(value, 0, text.size() - *end)) : value;
}

std::string ShellPattern::replace_first(std::string_view value, std::string_view replacement) const {
  auto match = find(decode_utf8(value), 0);
  if (!match) return std::string(value);
  std::size_t begin = advance(value, 0, match->begin);
  std::size_t end = advance(value, begin, match->end - match->begin);
  std::string result(value.substr(0, begin));
  result += replacement;
  result += value.substr(end);
  return result;
}

std::optional<std::string> ShellPattern::replace_all(std::string_view value, std::string_view replacement,
                                                     std::size_t limit) const {
  std::u32string text = decode_utf8(value);
  std::string result;
  std::size_t copied = 0;       // code points of `text` that are dealt with
  std::size_t copied_byte = 0;  // the same place in `value`
  for (std::size_t from = 0; from <= text.size();) {
    auto match = find(text, from);
    if (!match) break;
    std::size_t begin = advance(value, copied_byte, match->begin - copied);
    std::size_t end = advance(value, begin, match->end - match->begin);
    result += value.substr(copied_byte, begin - copied_byte);
    // An empty match right after another match does not count (Go: Regexp.ReplaceAll).
    if (match->end > copied || match->begin == 0)
      append_replacement(result, replacement, value.substr(begin, end - begin));
    if (result.size() > limit) return std::nullopt;
    copied = match->end;
    copied_byte = end;
    from = std::max(from + 1, match->end);
  }
  result += value.substr(copied_byte);
  if (result.size() > limit) return std::nullopt;
  return result;
}

}  // namespace mbuild::parser
