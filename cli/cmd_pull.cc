#include <fmt/format.h>

#include "builder/images.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/transfer_options.h"

namespace mbuild::cli {

int cmd_pull(std::vector<std::string> arguments) {
  CommandLine line("Fetch an image from a registry into the store.", "mbuild pull");
  TransferArguments transfer;
  std::string name;
  line.add_option("IMAGE", name, "Name, as in FROM").required();
  line.add_option("--platform", transfer.options.platform,
                  "Which image of an index (default: this machine's)")
      .type_name("OS/ARCH[/VARIANT]");
  add_transfer_options(line, transfer);
  if (auto code = line.parse(std::move(arguments))) return *code;
  if (auto code = enter_transfer(transfer)) return *code;

  ProgressMode mode = ProgressMode::automatic;
  parse_progress_mode(transfer.progress, mode);
  InterruptGuard interrupts(transfer.options.cancel);
  Result<builder::StoredImage> image = [&] {
    auto progress = make_progress(mode, stderr);
    return builder::pull_image(transfer.options, name, progress.get());
  }();
  if (!image) return report_error(image.error());
  fmt::print("{}\n", image->image_id);
  return ok;
}

}  // namespace mbuild::cli
