#include "parser/directives.h"

#include <algorithm>
#include <optional>

#include "parser/characters.h"

namespace mbuild::parser {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_name_character(char c) {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
}

// Reads the line that `text` begins with; nullopt when it is no directive. `offset` is where `text` stands.
std::optional<Directive> read_line(std::string_view text, std::uint32_t offset) {
  std::string_view line = text.substr(0, text.find('\n'));
  line.remove_suffix(trailing_spaces(line));
  std::size_t i = leading_spaces(line);
  if (i == line.size() || line[i] != '#') return std::nullopt;
  const std::size_t hash = i++;
  i += leading_spaces(line.substr(i));
  const std::size_t name = i;
  while (i < line.size() && is_name_character(line[i])) ++i;
  if (i == name || is_digit(line[name])) return std::nullopt;
  Directive directive;
  directive.name = to_lower(line.substr(name, i - name));
  i += leading_spaces(line.substr(i));
  if (i == line.size() || line[i++] != '=') return std::nullopt;
  i += leading_spaces(line.substr(i));
  if (i == line.size()) return std::nullopt;
  directive.value = line.substr(i);
  auto at = [&](std::size_t position) { return offset + static_cast<std::uint32_t>(position); };
  directive.range = {at(hash), at(line.size())};
  directive.value_range = {at(i), at(line.size())};
  return directive;
}

void set_escape(Directives& result, const Directive& directive, std::vector<Diagnostic>& diagnostics) {
  if (directive.value == "\\" || directive.value == "`") {
    result.escape = directive.value[0];
    return;
  }
  diagnostics.push_back({Severity::error,
                         "invalid-escape-directive",
                         "invalid escape token '" + directive.value + "' does not match ` or \\",
                         directive.value_range,
                         {},
                         {}});
}

}  // namespace

Directives read_directives(const Source& source, std::vector<Diagnostic>& diagnostics) {
  Directives result;
  std::string_view text = source.text();
  if (text.starts_with(byte_order_mark)) result.end = byte_order_mark.size();
  while (result.end < text.size()) {
    std::optional<Directive> directive = read_line(text.substr(result.end), result.end);
    if (!directive) break;
    const std::string& name = directive->name;
    if (name != "syntax" && name != "escape" && name != "check") break;
    auto same = std::find_if(result.directives.begin(), result.directives.end(),
                             [&](const Directive& earlier) { return earlier.name == name; });
    if (same != result.directives.end()) {
      diagnostics.push_back({Severity::error,
                             "duplicate-directive",
                             "only one " + name + " parser directive can be used",
                             directive->range,
                             {{same->range, "the first one"}},
                             {}});
    } else {
      if (name == "escape") set_escape(result, *directive, diagnostics);
      result.directives.push_back(*directive);
    }
    std::size_t line_break = text.find('\n', result.end);
    result.end = static_cast<std::uint32_t>(std::min(line_break, text.size() - 1) + 1);
  }
  return result;
}

}  // namespace mbuild::parser
