#include <fmt/format.h>

#include "builder/info.h"
#include "cli/command_line.h"
#include "cli/commands.h"

namespace mbuild::cli {

int cmd_version(std::vector<std::string> arguments) {
  CommandLine line("Show the version.", "mbuild version");
  if (auto code = line.parse(std::move(arguments))) return *code;
  fmt::print("mbuild {}\n", builder::version());
  return ok;
}

}  // namespace mbuild::cli
