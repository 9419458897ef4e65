#include "cli/arguments.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "cli/commands.h"

namespace mbuild::cli {

std::optional<int> parse_arguments(CLI::App& app, std::vector<std::string> arguments) {
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them last first
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return ok;
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "mbuild: %s\nTry `%s --help`.\n", error.what(), app.get_name().c_str());
    return usage;
  }
  return std::nullopt;
}

std::optional<std::pair<std::string, std::string>> key_value_or_environment(const std::string& text) {
  std::size_t equals = text.find('=');
  if (equals != std::string::npos) return std::pair(text.substr(0, equals), text.substr(equals + 1));
  const char* value = std::getenv(text.c_str());
  if (!value) return std::nullopt;
  return std::pair(text, std::string(value));
}

}  // namespace mbuild::cli
