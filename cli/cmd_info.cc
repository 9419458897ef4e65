#include <fmt/format.h>

#include "builder/info.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/store_options.h"

namespace mbuild::cli {

int cmd_info(std::vector<std::string> arguments) {
  CommandLine line("Show what this machine lets a build do.", "mbuild info");
  StoreOptions store;
  add_store_options(line, store);
  if (auto code = line.parse(std::move(arguments))) return *code;
  const builder::IsolationReport isolation = builder::describe_isolation();
  if (auto code = enter_store(store)) return *code;

  Result<builder::BuilderInfo> info = builder::builder_info(store.root, store.entered);
  if (!info) return report_error(info.error());
  fmt::print(
      "Version:      {}\nStore:        {}\nPlatform:     {}\nKernel:       {}\nProcessors:   {}\n"
      "Isolation:    {} (rung {} of 4)\nSnapshotter:  {}\n",
      info->version, info->store_root, info->platform, info->kernel, info->processors, isolation.description,
      isolation.rung, info->snapshotter);
  if (!info->why_no_better_snapshotter.empty())
    fmt::print("Because:      {}\n", info->why_no_better_snapshotter);
  if (!isolation.why_not_better.empty()) fmt::print("Why not more: {}\n", isolation.why_not_better);
  if (!isolation.advice.empty()) fmt::print("To enable it: {}\n", isolation.advice);
  return ok;
}

}  // namespace mbuild::cli
