#include <fmt/format.h>

#include "builder/registry.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/transfer_options.h"

namespace mbuild::cli {

int cmd_copy(std::vector<std::string> arguments) {
  CommandLine line("Copy an image between registries and OCI layouts, byte for byte.", "mbuild copy");
  line.footer(
      "A place is an image's name, or oci:DIR[:TAG][@DIGEST] for one in an OCI layout. An index is copied\n"
      "with all its images unless --platform chooses one. Prints the digest.");
  builder::RegistryRequest request;
  builder::CopyOptions options;
  std::string source, destination, progress = "auto";
  bool all = false;
  line.add_option("SOURCE", source, "What to copy").required();
  line.add_option("DESTINATION", destination, "Where to").required();
  const Option platform =
      line.add_option("--platform", options.platform, "Copy the image for this platform alone")
          .type_name("OS/ARCH[/VARIANT]");
  line.add_flag("--all", all, "Copy the images of all platforms (the default)").excludes(platform);
  line.add_flag("--referrers", options.referrers, "Also copy what refers to it: attestations and signatures");
  add_progress_option(line, progress);
  add_registry_options(line, request.access);
  if (auto code = line.parse(std::move(arguments))) return *code;

  ProgressMode mode = ProgressMode::automatic;
  parse_progress_mode(progress, mode);
  InterruptGuard interrupts(request.cancel);
  Result<std::string> digest = [&] {
    auto observer = make_progress(mode, stderr);
    return builder::copy_image(request, source, destination, options, observer.get());
  }();
  if (!digest) return report_error(digest.error());
  fmt::print("{}\n", *digest);
  return ok;
}

}  // namespace mbuild::cli
