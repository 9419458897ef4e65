#include <fmt/format.h>

#include "builder/images.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/report.h"

namespace mbuild::cli {

int cmd_rm(std::vector<std::string> arguments) {
  CLI::App app("Remove images from the store.", "mbuild rm");
  std::string root;
  std::vector<std::string> names;
  app.add_option("IMAGE", names, "Names or ids")->required();
  app.add_option("--root", root, "The store")->type_name("DIR");
  if (auto code = parse_arguments(app, std::move(arguments))) return *code;

  int code = ok;
  for (const std::string& name : names) {
    Result<std::vector<std::string>> removed = builder::remove_image(root, name);
    if (!removed) {
      code = report_error(removed.error());
      continue;
    }
    for (const std::string& reference : *removed) fmt::print("Removed {}\n", reference);
  }
  return code;
}

}  // namespace mbuild::cli
