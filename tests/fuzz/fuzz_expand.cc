// Words with variables: expansion ends within its limits, errors point into the word, and what has nothing
// special comes back as it is. The first byte chooses options; the first line is the value of all variables.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "parser/expand.h"
#include "parser/unicode.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_valid_utf8(std::string_view text) {
  std::string valid;
  mbuild::parser::append_valid_utf8(valid, text);
  return valid == text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mbuild::parser;
  if (size == 0) return 0;
  const unsigned choice = data[0];
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string_view value = text.substr(0, text.find('\n'));
  const std::string_view word = value.size() == text.size() ? value : text.substr(value.size() + 1);
  const ExpandOptions options{.escape = (choice & 1) != 0 ? '`' : '\\',
                              .keep_quotes = (choice & 2) != 0,
                              .raw_quotes = (choice & 4) != 0,
                              .raw_escapes = (choice & 8) != 0,
                              .skip_unset = (choice & 16) != 0};
  auto lookup = [&](std::string_view name) -> std::optional<std::string> {
    if (name.starts_with('U')) return std::nullopt;
    return std::string(value);
  };
  const auto result = expand(word, lookup, options);
  const auto words = expand_to_words(word, lookup, options);
  require(result.has_value() == words.has_value());
  if (!result) {
    require(!result.error().message.empty() && result.error().offset <= word.size());
    require(result.error().message == words.error().message);
    return 0;
  }
  require(result->text.size() <= max_expansion);
  for (const std::string& one : *words) require(!one.empty());
  if (word.find_first_of("$'\"\\`") == std::string_view::npos && is_valid_utf8(word))
    require(result->text == word);
  if (is_valid_utf8(value)) require(is_valid_utf8(result->text));
  return 0;
}
