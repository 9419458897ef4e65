#include <fmt/format.h>

#include "builder/registry.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/registry_options.h"
#include "cli/report.h"

namespace mbuild::cli {

int cmd_ls_tags(std::vector<std::string> arguments) {
  CLI::App app("List the tags of a repository, sorted, one a line.", "mbuild ls-tags");
  builder::RegistryRequest request;
  std::string repository;
  app.add_option("REPOSITORY", repository, "A name as in FROM, or oci:DIR")->required();
  add_registry_options(app, request.access);
  if (auto code = parse_arguments(app, std::move(arguments))) return *code;

  InterruptGuard interrupts(request.cancel);
  Result<std::vector<std::string>> tags = builder::list_tags(request, repository);
  if (!tags) return report_error(tags.error());
  for (const std::string& tag : *tags) fmt::print("{}\n", tag);
  return ok;
}

}  // namespace mbuild::cli
