#include <fmt/format.h>

#include "builder/registry.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/registry_options.h"
#include "cli/report.h"

namespace mbuild::cli {

int cmd_verify(std::vector<std::string> arguments) {
  CommandLine line("Check that an image at a registry was signed with a key.", "mbuild verify");
  line.footer("Prints the digest that is signed: use that, since a tag may move. Signatures are cosign's.");
  builder::RegistryRequest request;
  std::vector<std::string> images, keys;
  line.add_option("IMAGE", images, "A name as in FROM").required();
  line.add_option("--key", keys, "A public key (PEM) or certificate; of several, one must have signed")
      .type_name("FILE")
      .required();
  add_registry_options(line, request.access);
  if (auto code = line.parse(std::move(arguments))) return *code;

  InterruptGuard interrupts(request.cancel);
  int code = ok;
  for (const std::string& image : images) {
    Result<std::string> digest = builder::verify_remote(request, image, keys);
    if (digest)
      fmt::print("{}\n", *digest);
    else if (code = report_error(digest.error()); code == interrupted)
      break;
  }
  return code;
}

}  // namespace mbuild::cli
