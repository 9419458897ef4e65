#include <fmt/format.h>

#include "builder/registry.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/transfer_options.h"

namespace mbuild::cli {

int cmd_copy(std::vector<std::string> arguments) {
  CLI::App app("Copy an image between registries and OCI layouts, byte for byte.", "mbuild copy");
  app.footer(
      "A place is an image's name, or oci:DIR[:TAG][@DIGEST] for one in an OCI layout. An index is copied\n"
      "with all its images unless --platform chooses one. Prints the digest.");
  builder::RegistryRequest request;
  builder::CopyOptions options;
  std::string source, destination, progress = "auto";
  bool all = false;
  app.add_option("SOURCE", source, "What to copy")->required();
  app.add_option("DESTINATION", destination, "Where to")->required();
  auto* platform = app.add_option("--platform", options.platform, "Copy the image for this platform alone")
                       ->type_name("OS/ARCH[/VARIANT]");
  app.add_flag("--all", all, "Copy the images of all platforms (the default)")->excludes(platform);
  app.add_flag("--referrers", options.referrers, "Also copy what refers to it: attestations and signatures");
  add_progress_option(app, progress);
  add_registry_options(app, request.access);
  if (auto code = parse_arguments(app, std::move(arguments))) return *code;

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
