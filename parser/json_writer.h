// JsonWriter: JSON text, written from front to back (RFC 8259).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mbuild::parser {

// Indented by two blanks a level; what is begun with Layout::line stays on one line. The caller keeps to the
// order that JSON wants: key() before each value of an object, an end() for every begin.
class JsonWriter {
 public:
  enum class Layout { block, line };

  void begin_object(Layout layout = Layout::block) { begin('{', '}', layout); }
  void begin_array(Layout layout = Layout::block) { begin('[', ']', layout); }
  void end();

  void key(std::string_view name);

  // Bytes that are no UTF-8 become U+FFFD.
  void string(std::string_view value);
  void number(std::int64_t value);
  void boolean(bool value);

  // The text so far; whole once everything is ended.
  const std::string& text() const { return text_; }

 private:
  struct Level {
    char closing;
    Layout layout;
    bool empty = true;
  };

  void begin(char opening, char closing, Layout layout);
  void before_value();
  void separate();
  void write_quoted(std::string_view value);

  std::string text_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace mbuild::parser
