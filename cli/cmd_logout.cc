#include <fmt/format.h>

#include "builder/registry.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/report.h"

namespace mbuild::cli {

int cmd_logout(std::vector<std::string> arguments) {
  CommandLine line("Forget the credentials of a registry.", "mbuild logout");
  std::string registry = "docker.io";
  line.add_option("REGISTRY", registry, "HOST[:PORT] (default: docker.io)");
  if (auto code = line.parse(std::move(arguments))) return *code;

  Result<std::string> name = builder::registry_name(registry);
  if (!name) return report_error(name.error());
  Result<bool> known = builder::log_out({}, *name);
  if (!known) return report_error(known.error());
  fmt::print("{} {}\n", *known ? "Logged out of" : "There was no login to", *name);
  return ok;
}

}  // namespace mbuild::cli
