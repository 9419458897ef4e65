#include <fmt/format.h>

#include "builder/info.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/report.h"

namespace mbuild::cli {

int cmd_info(std::vector<std::string> arguments) {
  CLI::App app("Show what this machine lets a build do.", "mbuild info");
  std::string root;
  app.add_option("--root", root, "The store")->type_name("DIR");
  if (auto code = parse_arguments(app, std::move(arguments))) return *code;

  Result<builder::BuilderInfo> info = builder::builder_info(root);
  if (!info) return report_error(info.error());
  fmt::print(
      "Version:      {}\nStore:        {}\nPlatform:     {}\nKernel:       {}\nProcessors:   {}\n"
      "Isolation:    {} (rung {} of 4)\nSnapshotter:  {}\n",
      info->version, info->store_root, info->platform, info->kernel, info->processors, info->rung_name,
      info->rung, info->snapshotter);
  if (!info->why_not_better.empty()) fmt::print("Why not more: {}\n", info->why_not_better);
  if (!info->advice.empty()) fmt::print("To enable it: {}\n", info->advice);
  return ok;
}

}  // namespace mbuild::cli
