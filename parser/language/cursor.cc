#include "parser/language/cursor.h"

#include <algorithm>

#include "parser/characters.h"
#include "parser/keywords.h"

namespace mbuild::parser::language {

namespace {

std::string_view without_blanks(std::string_view line) {
  while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  return line;
}

// The lines of the logical line that holds the offset, as far as can be told without its beginning.
class Lines {
 public:
  Lines(const Analysis& analysis, std::uint32_t offset)
      : source_(analysis.source()), escape_(analysis.file().escape) {
    last_ = first_ = source_.line_of(offset);
    const Instruction* before = analysis.instruction_before(offset);
    const unsigned known = before ? source_.line_of(before->range.begin) : 1;
    while (first_ > known && continues_into(first_)) --first_;
    while (first_ < last_ && is_passed_over(first_)) ++first_;
  }

  unsigned first() const { return first_; }

  // Whether the line continues one before it; comments and blank lines between do not end an instruction.
  bool continues_into(unsigned number) const {
    for (unsigned above = number - 1; above > 0; --above) {
      const std::string_view line = text(above);
      if (line.empty() || line.starts_with('#')) continue;
      return line.ends_with(escape_);
    }
    return false;
  }

  bool is_passed_over(unsigned number) const {
    const std::string_view line = text(number);
    return line.empty() || line.starts_with('#');
  }

  std::string_view text(unsigned number) const {
    return without_blanks(source_.text(source_.line_range(number)));
  }

 private:
  const Source& source_;
  char escape_;
  unsigned first_ = 1, last_ = 1;
};

// Splits [begin, offset) into words; what the cursor stands in is the last, empty behind a blank.
std::vector<CursorWord> split(const Source& source, std::uint32_t begin, std::uint32_t offset, char escape) {
  std::vector<CursorWord> words;
  CursorWord word{"", {begin, begin}};
  const std::string_view text = source.text();
  bool at_line_start = true;
  char quote = 0;
  const auto finish = [&](std::uint32_t at) {
    if (!word.text.empty()) words.push_back(std::move(word));
    word = {"", {at, at}};
  };
  for (std::uint32_t i = begin; i < offset; ++i) {
    const char c = text[i];
    if (at_line_start && c == '#') {
      while (i < offset && text[i] != '\n') ++i;
      continue;
    }
    if (c == '\n') {
      at_line_start = true;
      continue;
    }
    if (c == escape) {
      const std::size_t line_end = std::min(text.find('\n', i), text.size());
      if (without_blanks(text.substr(i + 1, line_end - i - 1)).empty() && line_end < offset) {
        i = static_cast<std::uint32_t>(line_end);
        at_line_start = true;
        continue;
      }
    }
    if (is_blank(c) && quote == 0) {
      finish(i + 1);
      continue;
    }
    at_line_start = false;
    if (quote != 0 && c == quote)
      quote = 0;
    else if (quote == 0 && (c == '"' || c == '\''))
      quote = c;
    if (word.text.empty()) word.range.begin = i;
    word.text += c;
    word.range.end = i + 1;
  }
  if (word.text.empty()) word.range = {offset, offset};
  words.push_back(std::move(word));
  return words;
}

std::uint32_t end_of_word(std::string_view text, std::uint32_t offset) {
  while (offset < text.size() && text[offset] != '\n' && !is_blank(text[offset])) ++offset;
  return offset;
}

}  // namespace

std::size_t Cursor::arguments() const {
  std::size_t count = 0;
  for (const CursorWord& word : words) count += word.text.starts_with("--") ? 0 : 1;
  return count;
}

Cursor cursor_at(const Analysis& analysis, std::uint32_t offset) {
  const Source& source = analysis.source();
  Cursor cursor;
  const unsigned number = source.line_of(offset);
  cursor.line = source.line_range(number);
  if (analysis.heredoc_at(offset)) {
    cursor.place = Cursor::Place::heredoc_body;
    return cursor;
  }
  const std::string_view line = without_blanks(source.text(cursor.line));
  if (line.starts_with('#')) {
    const bool first =
        number == 1 || std::ranges::any_of(analysis.file().directives, [&](const Directive& d) {
          return source.line_of(d.range.begin) + 1 >= number;
        });
    cursor.place = first ? Cursor::Place::directive : Cursor::Place::comment;
    return cursor;
  }
  const Lines lines(analysis, offset);
  cursor.line = {source.line_range(lines.first()).begin, cursor.line.end};
  std::vector<CursorWord> words = split(source, cursor.line.begin, offset, analysis.file().escape);
  cursor.current = std::move(words.back());
  words.pop_back();
  cursor.current.range.end = end_of_word(source.text(), offset);
  std::size_t keywords = 0;
  if (!words.empty()) {
    cursor.place = Cursor::Place::instruction;
    cursor.keyword = to_upper(words[keywords++].text);
    if (cursor.keyword == "ONBUILD") {
      cursor.keyword = words.size() > 1 ? to_upper(words[keywords++].text) : "ONBUILD";
    }
  }
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(keywords));
  cursor.words = std::move(words);
  return cursor;
}

}  // namespace mbuild::parser::language
