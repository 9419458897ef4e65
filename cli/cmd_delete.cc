#include <fmt/format.h>

#include "builder/registry.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/registry_options.h"
#include "cli/report.h"

namespace mbuild::cli {

int cmd_delete(std::vector<std::string> arguments) {
  CommandLine line("Delete images at a registry.", "mbuild delete");
  line.footer(
      "By tag: the tag alone where the registry can do that, else the image that it names, and with it all\n"
      "of its tags. By digest: the image. (`mbuild rm` removes images from the local store.)");
  builder::RegistryRequest request;
  std::vector<std::string> images;
  line.add_option("IMAGE", images, "NAME:TAG, NAME@DIGEST, or oci:DIR:TAG").required();
  add_registry_options(line, request.access);
  if (auto code = line.parse(std::move(arguments))) return *code;

  InterruptGuard interrupts(request.cancel);
  int code = ok;
  for (const std::string& image : images) {
    Result<void> deleted = builder::delete_remote(request, image);
    if (deleted)
      fmt::print("Deleted {}\n", image);
    else if (code = report_error(deleted.error()); code == interrupted)
      break;
  }
  return code;
}

}  // namespace mbuild::cli
