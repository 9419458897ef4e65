// Reading a word: text, quotes, escapes and `$`. What a substitution yields is in expand_operation.cc.
#include "parser/expand.h"

#include "parser/expander.h"
#include "parser/unicode.h"

namespace mbuild::parser {

std::expected<Expansion, ExpandError> Expander::run() {
  while (!error_ && !at_end()) step();
  if (!error_ && !frames_.empty()) fail_at_end();
  if (error_) return std::unexpected(std::move(*error_));
  return Expansion{std::move(output_), std::move(unset_)};
}

// Upstream's nested calls each replace the error of an inner one when the text has run out, so that the
// outermost
// `${` names the missing brace.
void Expander::fail(std::string message, std::size_t offset) {
  error_ = ExpandError{std::move(message), offset};
  if (!at_end()) return;
  for (const Frame& frame : frames_) {
    if (frame.kind == Frame::Kind::double_quote) continue;
    bool in_pattern = frame.kind == Frame::Kind::pattern;
    error_ = {in_pattern ? "syntax error: missing '/' in ${}" : "syntax error: missing '}'", frame.opened};
    return;
  }
}

void Expander::fail_at_end() {
  fail("unexpected end of statement while looking for matching double-quote", frames_.back().opened);
}

void Expander::step() {
  char stop = '\0';
  if (!frames_.empty()) {
    if (frames_.back().kind == Frame::Kind::double_quote) return step_in_double_quote();
    stop = frames_.back().kind == Frame::Kind::pattern ? '/' : '}';
  }
  char c = word_[position_];
  if (stop != '\0' && c == stop) return close();
  if (c == '$') return read_dollar();
  if (c == options_.escape) return read_escape();
  if (c == '\'' && !options_.raw_quotes) return read_single_quote();
  if (c == '"' && !options_.raw_quotes) {
    frames_.push_back({Frame::Kind::double_quote, position_++, output_.size(), raw_escapes()});
    if (options_.keep_quotes) output_ += '"';
    return;
  }
  read_text(stop);
}

void Expander::step_in_double_quote() {
  char c = word_[position_];
  if (c == '"') {
    if (options_.keep_quotes) output_ += '"';
    return close();
  }
  if (c == '$') return read_dollar();
  if (c == options_.escape) {
    ++position_;
    if (raw_escapes()) output_ += c;
    if (at_end()) return;
    char next = word_[position_];
    bool escaped = next == '"' || next == '$' || next == options_.escape;
    if (escaped) ++position_;
    output_ += escaped ? next : c;
    return;
  }
  std::size_t begin = position_;
  while (!at_end() && word_[position_] != '"' && word_[position_] != '$' &&
         word_[position_] != options_.escape)
    ++position_;
  append_valid_utf8(output_, word_.substr(begin, position_ - begin));
}

bool Expander::is_special(char c, char stop) const {
  if (c == '$' || c == options_.escape || (stop != '\0' && c == stop)) return true;
  return (c == '\'' || c == '"') && !options_.raw_quotes;
}

void Expander::read_text(char stop) {
  std::size_t begin = position_;
  while (!at_end() && !is_special(word_[position_], stop)) ++position_;
  write_text(word_.substr(begin, position_ - begin));
}

void Expander::read_escape() {
  std::string_view escape = take_code_point();
  if (raw_escapes()) write_quoted(escape);
  if (!at_end()) write_quoted(take_code_point());
}

void Expander::read_single_quote() {
  std::size_t opened = position_;
  std::size_t closed = word_.find('\'', opened + 1);
  if (closed == std::string_view::npos) {
    position_ = word_.size();
    return fail("unexpected end of statement while looking for matching single-quote", opened);
  }
  position_ = closed + 1;
  write_quoted(options_.keep_quotes ? word_.substr(opened, position_ - opened)
                                    : word_.substr(opened + 1, closed - opened - 1));
}

void Expander::read_dollar() {
  std::size_t opened = position_++;
  if (next_is('{')) {
    ++position_;
    return read_braced(opened);
  }
  std::string_view name = read_name();
  if (name.empty()) return write_value("$");
  std::optional<std::string> value = look_up(name);
  if (!value && options_.skip_unset) return write_value(word_.substr(opened, position_ - opened));
  write_value(value.value_or(""));
}

void Expander::read_braced(std::size_t opened) {
  if (at_end()) return fail("syntax error: missing '}'", opened);
  if (char c = word_[position_]; c == '{' || c == '}' || c == ':')
    return fail("syntax error: bad substitution", opened);
  std::string_view name = read_name();
  if (at_end()) return fail("syntax error: missing '}'", opened);
  std::size_t operation = position_;
  std::string_view first = take_code_point();
  Frame frame{Frame::Kind::operand, opened, output_.size(), false, name, first};
  if (first == "}") {
    std::optional<std::string> value = look_up(name);
    if (!value && options_.skip_unset) return write_value(word_.substr(opened, position_ - opened));
    return write_value(value.value_or(""));
  }
  if (first == "/") {
    if (next_is('/')) ++position_;
    frame.kind = Frame::Kind::pattern;
    frame.raw_escapes = true;
  } else if (first == ":") {
    if (at_end()) return fail("syntax error: missing '}'", opened);
    take_code_point();
  } else if (first != "-" && first != "+" && first != "?" && first != "#" && first != "%") {
    return fail("unsupported modifier (" + std::string(first) + ") in substitution", opened);
  }
  frame.operation = word_.substr(operation, position_ - operation);
  if (frame.operation.ends_with('#') || frame.operation.ends_with('%')) frame.raw_escapes = true;
  frames_.push_back(std::move(frame));
}

std::string_view Expander::read_name() {
  std::size_t begin = position_;
  if (at_end()) return {};
  constexpr std::string_view special_parameters = "@*#?-$!";
  if (special_parameters.contains(word_[position_])) return word_.substr(position_++, 1);
  bool number = is_decimal_digit(decode_utf8(word_, position_).value);
  while (!at_end()) {
    CodePoint c = decode_utf8(word_, position_);
    bool belongs = is_decimal_digit(c.value) || (!number && (is_letter(c.value) || c.value == '_'));
    if (!belongs) break;
    position_ += c.length;
  }
  return word_.substr(begin, position_ - begin);
}

std::string_view Expander::take_code_point() {
  std::size_t length = decode_utf8(word_, position_).length;
  position_ += length;
  return word_.substr(position_ - length, length);
}

void Expander::write_text(std::string_view text) {
  std::size_t begin = output_.size();
  append_valid_utf8(output_, text);
  if (frames_.empty() && splitter_) splitter_->add(std::string_view(output_).substr(begin));
}

void Expander::write_quoted(std::string_view text) {
  std::size_t begin = output_.size();
  append_valid_utf8(output_, text);
  if (frames_.empty() && splitter_) splitter_->add_quoted(std::string_view(output_).substr(begin));
}

void Expander::write_value(std::string_view text) {
  append(text);
  if (frames_.empty() && splitter_) splitter_->add(text);
}

std::expected<Expansion, ExpandError> expand(std::string_view word, const VariableLookup& lookup,
                                             const ExpandOptions& options) {
  return Expander(word, lookup, options, nullptr).run();
}

std::expected<std::vector<std::string>, ExpandError> expand_to_words(std::string_view word,
                                                                     const VariableLookup& lookup,
                                                                     const ExpandOptions& options) {
  WordSplitter splitter;
  auto result = Expander(word, lookup, options, &splitter).run();
  if (!result) return std::unexpected(std::move(result).error());
  return splitter.finish();
}

}  // namespace mbuild::parser
