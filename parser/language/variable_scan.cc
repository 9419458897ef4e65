#include "parser/language/variable_scan.h"

namespace mbuild::parser::language {

std::vector<VariableUse> find_variable_uses(const Source& source, Range within, char escape,
                                            bool raw_quotes) {
  std::vector<VariableUse> uses;
  const std::string_view text = source.text(within);
  bool double_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == escape) {
      ++i;
    } else if (c == '"' && !raw_quotes) {
      double_quoted = !double_quoted;
    } else if (c == '\'' && !raw_quotes && !double_quoted) {
      const std::size_t closing = text.find('\'', i + 1);
      if (closing != std::string_view::npos) i = closing;
    } else if (c == '$') {
      const bool braces = i + 1 < text.size() && text[i + 1] == '{';
      const std::size_t begin = i + (braces ? 2 : 1);
      std::size_t end = begin;
      if (end < text.size() && is_name_start(text[end]))
        while (end < text.size() && is_name_character(text[end])) ++end;
      if (end == begin) continue;
      const auto at = [&](std::size_t offset) { return within.begin + static_cast<std::uint32_t>(offset); };
      uses.push_back({text.substr(begin, end - begin), {at(begin), at(end)}, braces});
      i = end - 1;
    }
  }
  return uses;
}

}  // namespace mbuild::parser::language
