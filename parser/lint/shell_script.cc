#include "parser/lint/shell_script.h"

#include <algorithm>
#include <array>
#include <utility>

#include "parser/characters.h"

namespace mbuild::parser {

namespace {

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 7> opening_words = {"if",   "while",  "until", "for",
                                                           "case", "select", "{"};
constexpr std::array<std::string_view, 4> closing_words = {"fi", "done", "esac", "}"};
constexpr std::array<std::string_view, 6> inner_words = {"then", "else", "elif", "do", "!", "time"};
// What runs the command that follows it.
constexpr std::array<std::string_view, 6> prefix_words = {"sudo", "exec", "command",
                                                          "env",  "nice", "eatmydata"};

bool is_name_character(char c) {
  return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || is_digit(c) || c == '_';
}

std::size_t name_length(std::string_view text) {
  std::size_t length = 0;
  if (!text.empty() && is_digit(text[0])) return 0;
  while (length < text.size() && is_name_character(text[length])) ++length;
  return length;
}

class Reader {
 public:
  Reader(std::string_view source, Range range, char escape)
      : source_(source), position_(range.begin), end_(range.end), escape_(escape) {
    script_.range = range;
  }

  ShellScript read() {
    skip_comment_lines();
    while (position_ < end_) step();
    end_command(ShellOperator::none);
    return std::move(script_);
  }

 private:
  char current() const { return source_[position_]; }
  bool at(std::string_view text) const {
    return position_ + text.size() <= end_ && source_.substr(position_, text.size()) == text;
  }

  void step();
  bool skip_continuation();
  void skip_comment_lines();
  void read_single_quotes();
  void read_double_quotes();
  void read_escape();
  void read_dollar();
  void read_substitution();
  bool read_operator();
  void append(char c);
  void open_word();
  void end_word();
  void end_command(ShellOperator next);
  void strip_prefixes(std::vector<ShellWord>& words);

  std::string_view source_;
  std::uint32_t position_;
  std::uint32_t end_;
  char escape_;
  ShellScript script_;
  std::vector<ShellWord> words_;
  ShellWord word_;
  bool in_word_ = false;
  bool redirection_ = false;  // the next word is a file
  ShellOperator before_ = ShellOperator::none;
  int depth_ = 0;  // of parentheses and compound commands
};

void Reader::step() {
  if (skip_continuation()) return;
  char c = current();
  if (is_blank(c)) {
    end_word();
    ++position_;
  } else if (c == '#' && !in_word_) {
    std::size_t line_end = escape_ == '\0' ? source_.find('\n', position_) : end_;
    position_ = static_cast<std::uint32_t>(std::min<std::size_t>(line_end, end_));
  } else if (c == '\'') {
    read_single_quotes();
  } else if (c == '"') {
    read_double_quotes();
  } else if (c == '\\') {
    read_escape();
  } else if (c == '$' || c == '`') {
    read_dollar();
  } else if (!read_operator()) {
    append(c);
    ++position_;
  }
}

// A line break that the Dockerfile takes away, with the comment lines below it.
bool Reader::skip_continuation() {
  if (escape_ == '\0' || current() != escape_) return false;
  std::uint32_t i = position_ + 1;
  while (i < end_ && is_blank(source_[i])) ++i;
  if (i >= end_ || source_[i] != '\n') return false;
  position_ = i + 1;
  skip_comment_lines();
  return true;
}

void Reader::skip_comment_lines() {
  if (escape_ == '\0') return;
  while (position_ < end_) {
    std::uint32_t i = position_;
    while (i < end_ && is_blank(source_[i])) ++i;
    if (i < end_ && source_[i] == '#') {
      while (i < end_ && source_[i] != '\n') ++i;
    } else if (i >= end_ || source_[i] != '\n') {
      return;
    }
    position_ = std::min(i + 1, end_);
  }
}

void Reader::append(char c) {
  open_word();
  word_.text += c;
}

void Reader::open_word() {
  if (in_word_) return;
  in_word_ = true;
  word_ = {};
  word_.range.begin = position_;
}

void Reader::read_single_quotes() {
  open_word();
  word_.quoted = true;
  for (++position_; position_ < end_ && current() != '\'';) {
    if (skip_continuation()) continue;
    word_.text += current();
    ++position_;
  }
  if (position_ < end_) ++position_;
}

void Reader::read_double_quotes() {
  open_word();
  word_.quoted = true;
  for (++position_; position_ < end_ && current() != '"';) {
    if (skip_continuation()) continue;
    if (current() == '$' || current() == '`') {
      read_dollar();
      continue;
    }
    bool escape = current() == '\\' && position_ + 1 < end_ &&
                  std::string_view("\"\\$`").contains(source_[position_ + 1]);
    if (escape) ++position_;
    word_.text += current();
    ++position_;
  }
  if (position_ < end_) ++position_;
}

void Reader::read_escape() {
  ++position_;
  if (position_ >= end_) return;
  if (current() != '\n') append(current());
  ++position_;
}

void Reader::read_dollar() {
  open_word();
  word_.variable = true;
  if (current() == '`' || at("$(")) return read_substitution();
  std::uint32_t begin = position_++;
  if (position_ < end_ && current() == '{') ++position_;
  std::size_t length = name_length(source_.substr(position_, end_ - position_));
  if (length > 0) {
    std::uint32_t name_end = position_ + static_cast<std::uint32_t>(length);
    script_.used.push_back({std::string(source_.substr(position_, length)), {begin, name_end}});
    position_ = name_end;
  }
  word_.text += source_.substr(begin, position_ - begin);
}

// $(...) and `...`: kept as text, for the names used inside.
void Reader::read_substitution() {
  bool backquote = current() == '`';
  std::uint32_t begin = position_;
  position_ += backquote ? 1 : 2;
  for (int depth = 1; position_ < end_ && depth > 0; ++position_) {
    char c = current();
    if (backquote ? c == '`' : c == ')') --depth;
    if (!backquote && c == '(') ++depth;
    if (c != '$') continue;
    std::uint32_t name = position_ + 1 + (position_ + 1 < end_ && source_[position_ + 1] == '{' ? 1 : 0);
    std::size_t length = name < end_ ? name_length(source_.substr(name, end_ - name)) : 0;
    if (length > 0)
      script_.used.push_back({std::string(source_.substr(name, length)),
                              {position_, name + static_cast<std::uint32_t>(length)}});
  }
  word_.text += source_.substr(begin, position_ - begin);
}

bool Reader::read_operator() {
  struct Operator {
    std::string_view text;
    ShellOperator meaning;
  };
  static constexpr std::array<Operator, 9> operators{{{"&&", ShellOperator::and_then},
                                                      {"||", ShellOperator::or_else},
                                                      {";;", ShellOperator::sequence},
                                                      {"|&", ShellOperator::pipe},
                                                      {";", ShellOperator::sequence},
                                                      {"|", ShellOperator::pipe},
                                                      {"&>", ShellOperator::none},
                                                      {"&", ShellOperator::background},
                                                      {"\n", ShellOperator::sequence}}};
  for (const Operator& op : operators) {
    if (!at(op.text)) continue;
    if (op.meaning == ShellOperator::none) break;
    end_command(op.meaning);
    position_ += static_cast<std::uint32_t>(op.text.size());
    return true;
  }
  if (at("(") || at(")")) {
    end_command(ShellOperator::sequence);
    depth_ += at("(") ? 1 : -1;
    ++position_;
    return true;
  }
  bool redirects = at("&>") || at(">") || at("<");
  if (!redirects) return false;
  // "2>": the digits belong to the redirection.
  bool digits = in_word_ && !word_.quoted && std::all_of(word_.text.begin(), word_.text.end(), is_digit);
  if (digits) in_word_ = false;
  end_word();
  while (position_ < end_ && std::string_view("&<>").contains(current())) ++position_;
  redirection_ = true;
  return true;
}

void Reader::end_word() {
  if (!std::exchange(in_word_, false)) return;
  word_.range.end = position_;
  if (std::exchange(redirection_, false)) return;
  std::size_t name = name_length(word_.text);
  if (name > 0 && name < word_.text.size() && word_.text[name] == '=')
    script_.assigned.push_back(word_.text.substr(0, name));
  words_.push_back(std::move(word_));
}

// Takes away what only leads to the command, and keeps count of compound commands.
void Reader::strip_prefixes(std::vector<ShellWord>& words) {
  std::size_t i = 0;
  for (; i < words.size(); ++i) {
    const std::string& text = words[i].text;
    std::size_t name = name_length(text);
    bool assignment = name > 0 && name < text.size() && text[name] == '=';
    if (contains(opening_words, text)) {
      ++depth_;
      if (text == "for" || text == "select") {
        if (i + 1 < words.size()) script_.assigned.push_back(words[i + 1].text);
        i = words.size();
        break;
      }
      if (text == "case") {
        i = words.size();
        break;
      }
    } else if (contains(closing_words, text)) {
      --depth_;
    } else if (contains(prefix_words, text)) {
      while (i + 1 < words.size() && words[i + 1].text.starts_with('-')) ++i;
    } else if (!assignment && !contains(inner_words, text)) {
      break;
    }
  }
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(i));
}

void Reader::end_command(ShellOperator next) {
  end_word();
  redirection_ = false;
  std::vector<ShellWord> words = std::exchange(words_, {});
  bool grouped = depth_ > 0;
  strip_prefixes(words);
  if (!words.empty()) {
    if (words.front().text == "read")
      for (const ShellWord& word : words) script_.assigned.push_back(word.text);
    Range range{words.front().range.begin, words.back().range.end};
    script_.commands.push_back({before_, grouped || depth_ > 0, std::move(words), range});
    before_ = next;
  } else if (next != ShellOperator::none) {
    before_ = next;
  }
}

}  // namespace

bool ShellCommand::has_word(std::string_view word) const {
  return std::any_of(words.begin() + 1, words.end(), [&](const ShellWord& w) { return w.text == word; });
}

ShellScript read_shell_script(std::string_view source, Range range, char escape) {
  return Reader(source, range, escape).read();
}

}  // namespace mbuild::parser
