// What `${name<operation>operand}` yields, once its operand has been read.
#include <utility>

#include "parser/expand_pattern.h"
#include "parser/expander.h"
#include "parser/unicode.h"

namespace mbuild::parser {

// Ends the innermost construct; position_ is at its last character.
void Expander::close() {
  ++position_;
  if (frames_.back().kind == Frame::Kind::pattern) {
    frames_.back().pattern = output_.substr(frames_.back().begin);
    output_.resize(frames_.back().begin);
    frames_.back().kind = Frame::Kind::replacement;
    return;
  }
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  if (frame.kind == Frame::Kind::operand) close_operand(frame);
  if (frame.kind == Frame::Kind::replacement) close_replacement(frame);
  if (!frames_.empty() || !splitter_) return;
  std::string_view written = std::string_view(output_).substr(frame.begin);
  if (frame.kind == Frame::Kind::double_quote)
    splitter_->add_quoted(written);
  else
    splitter_->add(written);
}

void Expander::close_operand(const Frame& frame) {
  std::optional<std::string> value = look_up(frame.name);
  if (!value && options_.skip_unset) return keep_as_written(frame, output_.substr(frame.begin));
  bool colon = frame.operation.starts_with(':');
  bool missing = !value || (colon && value->empty());
  switch (frame.operation.back()) {
    // The operand, when it is the result, stays where it was written: nesting costs no copies.
    case '-':
      return missing ? void() : replace_output(frame, *value);
    case '+':
      return missing ? replace_output(frame, "") : void();
    case '?':
      if (missing) return fail_missing(frame, value.has_value());
      return replace_output(frame, *value);
    case '#':
    case '%':
      return remove_affix(frame, value.value_or(""));
    default:
      fail("unsupported modifier (" + std::string(frame.operation) + ") in substitution", frame.opened);
  }
}

void Expander::fail_missing(const Frame& frame, bool set) {
  std::string text = output_.substr(frame.begin);
  if (text.empty()) text = set ? "is not allowed to be empty" : "is not allowed to be unset";
  text.insert(0, std::string(frame.name) + ": ");
  fail(text, frame.opened);
  error_->missing = error_->message == text;
}

void Expander::remove_affix(const Frame& frame, const std::string& value) {
  std::string word = output_.substr(frame.begin);
  char operation = frame.operation.back();
  bool longest = word.starts_with(operation);
  if (longest) word.erase(0, 1);
  auto pattern = ShellPattern::compile(word);
  if (!pattern) return fail_pattern(frame, word, pattern.error());
  replace_output(frame, operation == '#' ? pattern->without_prefix(value, longest)
                                         : pattern->without_suffix(value, longest));
}

void Expander::close_replacement(const Frame& frame) {
  std::string replacement = output_.substr(frame.begin);
  std::optional<std::string> value = look_up(frame.name);
  if (!value && options_.skip_unset) return keep_as_written(frame, frame.pattern + "/" + replacement);
  auto pattern = ShellPattern::compile(frame.pattern);
  if (!pattern) return fail_pattern(frame, frame.pattern, pattern.error());
  std::string text = value.value_or("");
  if (frame.operation != "//") return replace_output(frame, pattern->replace_first(text, replacement));
  auto result = pattern->replace_all(text, replacement, max_expansion);
  if (!result) return fail_size();
  replace_output(frame, *result);
}

void Expander::fail_pattern(const Frame& frame, std::string_view pattern, const std::string& cause) {
  fail("invalid pattern (" + std::string(pattern) + ") in substitution: " + cause, frame.opened);
}

void Expander::keep_as_written(const Frame& frame, const std::string& word) {
  std::string text = "${";
  append_valid_utf8(text, frame.name);
  append_valid_utf8(text, frame.operation);
  replace_output(frame, text + word + "}");
}

void Expander::replace_output(const Frame& frame, std::string_view text) {
  output_.resize(frame.begin);
  append(text);
}

std::optional<std::string> Expander::look_up(std::string_view name) {
  std::optional<std::string> value = lookup_(name);
  if (!value && unset_names_.insert(name).second) unset_.emplace_back(name);
  return value;
}

void Expander::append(std::string_view text) {
  if (output_.size() + text.size() > max_expansion) return fail_size();
  output_ += text;
}

void Expander::fail_size() {
  error_ = ExpandError{"the result is longer than " + std::to_string(max_expansion) + " bytes", 0};
}

}  // namespace mbuild::parser
