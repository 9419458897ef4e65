#include <fmt/format.h>

#include "builder/images.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/transfer_options.h"

namespace mbuild::cli {

int cmd_push(std::vector<std::string> arguments) {
  CommandLine line("Send an image of the store to a registry.", "mbuild push");
  TransferArguments transfer;
  std::string name, destination;
  line.add_option("IMAGE", name, "Name or id").required();
  line.add_option("DESTINATION", destination, "Name to push under (default: the image's own)");
  add_transfer_options(line, transfer);
  if (auto code = line.parse(std::move(arguments))) return *code;
  if (auto code = enter_transfer(transfer)) return *code;

  ProgressMode mode = ProgressMode::automatic;
  parse_progress_mode(transfer.progress, mode);
  InterruptGuard interrupts(transfer.options.cancel);
  Result<std::string> digest = [&] {
    auto progress = make_progress(mode, stderr);
    return builder::push_image(transfer.options, name, destination, progress.get());
  }();
  if (!digest) return report_error(digest.error());
  fmt::print("{}\n", *digest);
  return ok;
}

}  // namespace mbuild::cli
