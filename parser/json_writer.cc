#include "parser/json_writer.h"

#include "parser/unicode.h"

namespace mbuild::parser {

void JsonWriter::separate() {
  if (levels_.empty()) return;
  Level& level = levels_.back();
  if (!level.empty) text_ += ',';
  if (level.layout == Layout::block) {
    text_ += '\n';
    text_.append(2 * levels_.size(), ' ');
  } else if (!level.empty) {
    text_ += ' ';
  }
  level.empty = false;
}

void JsonWriter::before_value() {
  if (!after_key_) separate();
  after_key_ = false;
}

void JsonWriter::begin(char opening, char closing, Layout layout) {
  before_value();
  if (!levels_.empty() && levels_.back().layout == Layout::line) layout = Layout::line;
  text_ += opening;
  levels_.push_back({closing, layout});
}

void JsonWriter::end() {
  const Level level = levels_.back();
  levels_.pop_back();
  if (level.layout == Layout::block && !level.empty) {
    text_ += '\n';
    text_.append(2 * levels_.size(), ' ');
  }
  text_ += level.closing;
}

void JsonWriter::key(std::string_view name) {
  separate();
  write_quoted(name);
  text_ += ": ";
  after_key_ = true;
}

void JsonWriter::string(std::string_view value) {
  before_value();
  write_quoted(value);
}

void JsonWriter::number(std::int64_t value) {
  before_value();
  text_ += std::to_string(value);
}

void JsonWriter::boolean(bool value) {
  before_value();
  text_ += value ? "true" : "false";
}

void JsonWriter::write_quoted(std::string_view value) {
  constexpr std::string_view letters = "bfnrt", controls = "\b\f\n\r\t", digits = "0123456789abcdef";
  const std::string valid = valid_utf8(value);
  text_ += '"';
  for (const char c : valid) {
    const std::size_t control = controls.find(c);
    if (c == '"' || c == '\\') {
      text_ += {'\\', c};
    } else if (control != std::string_view::npos) {
      text_ += {'\\', letters[control]};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      text_ += "\\u00";
      text_ += {digits[static_cast<std::size_t>(c) >> 4], digits[static_cast<std::size_t>(c) & 0xF]};
    } else {
      text_ += c;
    }
  }
  text_ += '"';
}

}  // namespace mbuild::parser
