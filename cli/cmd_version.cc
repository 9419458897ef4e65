#include <fmt/format.h>

#include "builder/info.h"
#include "cli/arguments.h"
#include "cli/commands.h"

namespace mbuild::cli {

int cmd_version(std::vector<std::string> arguments) {
  CLI::App app("Show the version.", "mbuild version");
  if (auto code = parse_arguments(app, std::move(arguments))) return *code;
  fmt::print("mbuild {}\n", builder::version());
  return ok;
}

}  // namespace mbuild::cli
