#include "cli/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace mbuild::cli {

Result<std::vector<std::string>> split_csv(std::string_view text) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      fields.back() += '"';
      ++i;
    } else if (c == '"' && (quoted || fields.back().empty())) {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (quoted) return fail(ErrorKind::invalid_input, fmt::format("unterminated quote in \"{}\"", text));
  return fields;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_attributes(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> attributes;
  for (const std::string& field : MBUILD_TRY(split_csv(text))) {
    std::size_t equals = field.find('=');
    if (equals == std::string::npos)
      return fail(ErrorKind::invalid_input,
                  fmt::format("invalid value \"{}\" in \"{}\": must be key=value", field, text));
    std::string key = field.substr(0, equals);
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    attributes.emplace_back(std::move(key), field.substr(equals + 1));
  }
  return attributes;
}

}  // namespace mbuild::cli
