#include <fmt/format.h>

#include "builder/debug.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/debug_shell.h"
#include "cli/report.h"
#include "cli/store_options.h"
#include "registry/base/timestamp.h"

namespace mbuild::cli {

namespace {

int list_steps(const std::string& root) {
  Result<std::vector<builder::KeptStep>> steps = builder::list_kept_steps(root);
  if (!steps) return report_error(steps.error());
  fmt::print("{:<10} {:<21} {}\n", "ID", "FAILED", "STEP");
  for (const builder::KeptStep& step : *steps)
    fmt::print("{:<10} {:<21} {}\n", step.id, Timestamp{step.failed_at}.str(), step.name);
  return ok;
}

int drop_steps(const std::string& root, const std::vector<std::string>& ids) {
  for (const std::string& id : ids)
    if (auto dropped = builder::drop_kept_step(root, id); !dropped) return report_error(dropped.error());
  return ok;
}

}  // namespace

int cmd_debug(std::vector<std::string> arguments) {
  CommandLine line("Look into a RUN that failed in a build with --on-fail=keep.", "mbuild debug");
  line.footer("Ten steps are kept, for a week; then the oldest go. Secrets are not kept.");
  StoreOptions store;
  builder::DebugRequest request;
  std::vector<std::string> ids;
  add_store_options(line, store);
  line.fallthrough();
  CommandLine shell = line.add_subcommand("shell", "Start a shell, or COMMAND, where the step failed");
  shell.add_option("ID", request.id, "Which step (default: the newest)");
  shell.add_option("COMMAND", request.command, "What to run, after --");
  const CommandLine list = line.add_subcommand("list", "List the kept steps, newest first");
  CommandLine drop = line.add_subcommand("drop", "Forget kept steps");
  drop.add_option("ID", ids, "Which steps").required();
  if (auto code = line.parse(std::move(arguments))) return *code;
  if (auto code = enter_store(store)) return *code;

  if (list.chosen()) return list_steps(store.root);
  if (drop.chosen()) return drop_steps(store.root, ids);
  request.store_root = store.root;
  request.isolation = store.entered;
  return run_debug_shell(std::move(request));
}

}  // namespace mbuild::cli
