#include <fmt/format.h>

#include "builder/images.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/store_options.h"

namespace mbuild::cli {

int cmd_rm(std::vector<std::string> arguments) {
  CommandLine line("Remove images from the store.", "mbuild rm");
  StoreOptions store;
  std::vector<std::string> names;
  line.add_option("IMAGE", names, "Names or ids").required();
  add_store_options(line, store);
  if (auto code = line.parse(std::move(arguments))) return *code;
  if (auto code = enter_store(store)) return *code;

  int code = ok;
  for (const std::string& name : names) {
    Result<std::vector<std::string>> removed = builder::remove_image(store.root, name);
    if (!removed) {
      code = report_error(removed.error());
      continue;
    }
    for (const std::string& reference : *removed) fmt::print("Removed {}\n", reference);
  }
  return code;
}

}  // namespace mbuild::cli
