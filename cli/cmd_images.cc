#include <fmt/format.h>

#include <cstdio>

#include "builder/images.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/store_options.h"

namespace mbuild::cli {

int cmd_images(std::vector<std::string> arguments) {
  CommandLine line("List the images of the store.", "mbuild images");
  StoreOptions store;
  bool ids_only = false;
  add_store_options(line, store);
  line.add_flag("-q,--quiet", ids_only, "Print ids only");
  if (auto code = line.parse(std::move(arguments))) return *code;
  if (auto code = enter_store(store)) return *code;

  Result<std::vector<builder::StoredImage>> images = builder::list_images(store.root);
  if (!images) return report_error(images.error());
  if (!ids_only) fmt::print("{:<40} {:<14} {:<14} {:>10}\n", "NAME", "IMAGE ID", "PLATFORM", "SIZE");
  for (const builder::StoredImage& image : *images) {
    std::string id = image.image_id.substr(0, std::string("sha256:").size() + 12);
    if (ids_only)
      fmt::print("{}\n", image.image_id);
    else
      fmt::print("{:<40} {:<14} {:<14} {:>10}\n", image.familiar, id.substr(id.find(':') + 1), image.platform,
                 human_size(image.size_bytes));
  }
  return ok;
}

}  // namespace mbuild::cli
