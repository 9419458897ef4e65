#include <fmt/format.h>

#include "builder/registry.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/registry_options.h"
#include "cli/report.h"

namespace mbuild::cli {

int cmd_ls_tags(std::vector<std::string> arguments) {
  CommandLine line("List the tags of a repository, sorted, one a line.", "mbuild ls-tags");
  builder::RegistryRequest request;
  std::string repository;
  line.add_option("REPOSITORY", repository, "A name as in FROM, or oci:DIR").required();
  add_registry_options(line, request.access);
  if (auto code = line.parse(std::move(arguments))) return *code;

  InterruptGuard interrupts(request.cancel);
  Result<std::vector<std::string>> tags = builder::list_tags(request, repository);
  if (!tags) return report_error(tags.error());
  for (const std::string& tag : *tags) fmt::print("{}\n", tag);
  return ok;
}

}  // namespace mbuild::cli
