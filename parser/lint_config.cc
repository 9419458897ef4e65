#include "parser/lint_config.h"

#include <optional>

#include "parser/characters.h"

namespace mbuild::parser {

namespace {

template <class Function>
void for_each_part(std::string_view text, char separator, Function function) {
  while (true) {
    std::size_t end = text.find(separator);
    if (std::string_view part = trim(text.substr(0, end)); !part.empty()) function(part);
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

void read_names(std::string_view list, bool& all, std::set<std::string, std::less<>>& names) {
  all = trim(list) == "all";
  if (!all) for_each_part(list, ',', [&](std::string_view name) { names.emplace(name); });
}

// Go's strconv.ParseBool.
std::optional<bool> read_boolean(std::string_view text) {
  for (std::string_view word : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == word) return true;
  for (std::string_view word : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == word) return false;
  return std::nullopt;
}

}  // namespace

std::expected<LintConfig, std::string> parse_lint_config(std::string_view value) {
  LintConfig config;
  std::string error;
  for_each_part(value, ';', [&](std::string_view part) {
    std::size_t equals = part.find('=');
    std::string_view key = trim(part.substr(0, equals));
    std::string_view text = equals == std::string_view::npos ? "" : trim(part.substr(equals + 1));
    if (equals == std::string_view::npos) {
      error = "invalid check option \"" + std::string(part) + "\": write skip=, error= or experimental=";
    } else if (key == "skip") {
      read_names(text, config.skip_all, config.skip);
    } else if (key == "experimental") {
      read_names(text, config.experimental_all, config.experimental);
    } else if (key != "error") {
      error = "invalid check option \"" + std::string(key) + "\": there are skip, error and experimental";
    } else if (auto boolean = read_boolean(text)) {
      config.error = *boolean;
    } else {
      error = "invalid check option error=\"" + std::string(text) + "\": write true or false";
    }
  });
  if (!error.empty()) return std::unexpected(std::move(error));
  return config;
}

LintConfig skipped_by_comments(const Instruction& instruction) {
  LintConfig config;
  for (const Comment& comment : instruction.comments) {
    std::string_view text = trim(comment.text);
    if (!text.starts_with("check=")) continue;
    text.remove_prefix(6);
    for_each_part(text.substr(0, text.find("//")), ';', [&](std::string_view part) {
      if (!part.starts_with("skip=")) return;
      bool all = false;
      read_names(part.substr(5), all, config.skip);
      config.skip_all = config.skip_all || all;
    });
  }
  return config;
}

}  // namespace mbuild::parser
