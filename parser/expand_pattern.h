// ShellPattern: the pattern of ${name#p}, ${name%p} and ${name/p/r} (moby shell/lex.go; SEMANTICS A6).
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mbuild::parser {

// `*` stands for any run of characters and `?` for one, neither for a line break; `\*` `\?` `\\` `\}` `\/`
// are the characters themselves; brackets and all else are literal. Immutable.
class ShellPattern {
 public:
  // Fails with "invalid escape '\x'".
  static std::expected<ShellPattern, std::string> compile(std::string_view pattern);

  // `value` without the shortest or longest part that matches at its begin or end; all of it when none does.
  std::string_view without_prefix(std::string_view value, bool longest) const;
  std::string_view without_suffix(std::string_view value, bool longest) const;

  // The first and longest match replaced, the replacement taken as it is.
  std::string replace_first(std::string_view value, std::string_view replacement) const;
  // Every match replaced. As upstream hands the replacement to Go's Regexp.ReplaceAllString, `$0` in it is
  // the matched text, `$$` a dollar, and any other `$name` or `${name}` empty.
  std::optional<std::string> replace_all(std::string_view value, std::string_view replacement,
                                         std::size_t limit) const;

 private:
  // What stands between the stars; `any_` in it is a `?`. The first is empty when the pattern begins with a
  // star.
  using Segment = std::u32string;
  static constexpr char32_t any_ = 0xFFFFFFFF;
  struct Match {
    std::size_t begin;
    std::size_t end;
  };

  static bool matches_at(const Segment& segment, std::u32string_view text, std::size_t at);
  static std::optional<std::size_t> find_first(const Segment& segment, std::u32string_view text,
                                               std::size_t from, std::size_t last);
  static std::optional<std::size_t> find_last(const Segment& segment, std::u32string_view text,
                                              std::size_t from, std::size_t last);
  std::optional<std::size_t> match_from(std::u32string_view text, std::size_t at, bool longest) const;
  std::optional<Match> find(std::u32string_view text, std::size_t from) const;
  ShellPattern reversed() const;

  std::vector<Segment> segments_;
};

}  // namespace mbuild::parser
