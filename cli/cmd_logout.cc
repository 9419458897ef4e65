#include <fmt/format.h>

#include "builder/registry.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/report.h"

namespace mbuild::cli {

int cmd_logout(std::vector<std::string> arguments) {
  CLI::App app("Forget the credentials of a registry.", "mbuild logout");
  std::string registry = "docker.io";
  app.add_option("REGISTRY", registry, "HOST[:PORT] (default: docker.io)");
  if (auto code = parse_arguments(app, std::move(arguments))) return *code;

  Result<std::string> name = builder::registry_name(registry);
  if (!name) return report_error(name.error());
  Result<bool> known = builder::log_out({}, *name);
  if (!known) return report_error(known.error());
  fmt::print("{} {}\n", *known ? "Logged out of" : "There was no login to", *name);
  return ok;
}

}  // namespace mbuild::cli
