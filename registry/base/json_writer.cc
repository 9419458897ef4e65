#include "registry/base/json_writer.h"

#include <fmt/format.h>

#include "registry/base/utf8.h"

namespace mbuild {

JsonWriter& JsonWriter::begin(char bracket) {
  before_value();
  text_ += bracket;
  ++depth_;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end(char bracket) {
  --depth_;
  if (!first_) new_line();
  text_ += bracket;
  first_ = false;
  return *this;
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (!first_) text_ += ',';
  if (depth_ > 0) new_line();
  first_ = false;
}

void JsonWriter::new_line() {
  if (indent_ == 0) return;
  text_ += '\n';
  text_.append(static_cast<std::size_t>(indent_) * depth_, ' ');
}

JsonWriter& JsonWriter::key(std::string_view name) {
  before_value();
  append_quoted(name);
  text_ += indent_ == 0 ? ":" : ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  before_value();
  append_quoted(text);
  return *this;
}

JsonWriter& JsonWriter::value(std::int64_t number) {
  return raw(std::to_string(number));
}
JsonWriter& JsonWriter::value(std::uint64_t number) {
  return raw(std::to_string(number));
}
JsonWriter& JsonWriter::value(bool truth) {
  return raw(truth ? "true" : "false");
}
JsonWriter& JsonWriter::null() {
  return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  before_value();
  text_ += json;
  return *this;
}

JsonWriter& JsonWriter::nonempty(std::string_view name, std::string_view text) {
  return text.empty() ? *this : key(name).value(text);
}

JsonWriter& JsonWriter::nonempty(std::string_view name, std::int64_t number) {
  return number == 0 ? *this : key(name).value(number);
}

JsonWriter& JsonWriter::nonempty(std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return *this;
  key(name).begin_array();
  for (const std::string& text : texts) value(text);
  return end_array();
}

JsonWriter& JsonWriter::nonempty(std::string_view name, const std::map<std::string, std::string>& members) {
  if (members.empty()) return *this;
  key(name).begin_object();
  for (const auto& [member, text] : members) key(member).value(text);
  return end_object();
}

void JsonWriter::append_quoted(std::string_view text) {
  text_ += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0) {
      text_ += "\\ufffd";
      text.remove_prefix(1);
      continue;
    }
    const std::string_view sequence = text.substr(0, length);
    text.remove_prefix(length);
    if (sequence == "\u2028" || sequence == "\u2029") {
      text_ += sequence == "\u2028" ? "\\u2028" : "\\u2029";
      continue;
    }
    switch (sequence[0]) {
      case '"':
        text_ += "\\\"";
        break;
      case '\\':
        text_ += "\\\\";
        break;
      case '\b':
        text_ += "\\b";
        break;
      case '\f':
        text_ += "\\f";
        break;
      case '\n':
        text_ += "\\n";
        break;
      case '\r':
        text_ += "\\r";
        break;
      case '\t':
        text_ += "\\t";
        break;
      case '<':
      case '>':
      case '&':
        text_ += fmt::format("\\u{:04x}", sequence[0]);
        break;
      default:
        if (static_cast<unsigned char>(sequence[0]) < 0x20) {
          text_ += fmt::format("\\u{:04x}", sequence[0]);
        } else {
          text_ += sequence;
        }
    }
  }
  text_ += '"';
}

}  // namespace mbuild
