// Writing JSON with the bytes that Go's encoding/json (1.22 and later) gives, on which digests depend.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mbuild {

// Values are written in the order of the calls; the caller keeps keys and values paired and brackets
// balanced. Strings are escaped as by json.Marshal: <, > and & as \u00XX, U+2028 and U+2029, and U+FFFD in
// the place of every byte that is not part of valid UTF-8.
class JsonWriter {
 public:
  // `indent` spaces a level as json.MarshalIndent("", "  ") does; 0 is json.Marshal's compact form.
  explicit JsonWriter(unsigned indent = 0) : indent_(indent) {}

  JsonWriter& begin_object() { return begin('{'); }
  JsonWriter& end_object() { return end('}'); }
  JsonWriter& begin_array() { return begin('['); }
  JsonWriter& end_array() { return end(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(bool truth);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // an already encoded value

  // A member that is left out when it is empty, zero or false, as by Go's `omitempty`.
  JsonWriter& nonempty(std::string_view name, std::string_view text);
  JsonWriter& nonempty(std::string_view name, std::int64_t number);
  JsonWriter& nonempty(std::string_view name, const std::vector<std::string>& texts);
  JsonWriter& nonempty(std::string_view name, const std::map<std::string, std::string>& members);

  const std::string& str() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  JsonWriter& begin(char bracket);
  JsonWriter& end(char bracket);
  void before_value();
  void new_line();
  void append_quoted(std::string_view text);

  unsigned indent_;
  unsigned depth_ = 0;
  bool first_ = true;  // nothing yet inside the innermost brackets
  bool after_key_ = false;
  std::string text_;
};

}  // namespace mbuild
