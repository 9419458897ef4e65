// The options that `mbuild push` and `mbuild pull` share.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "builder/images.h"
#include "cli/registry_options.h"

namespace mbuild::cli {

struct TransferArguments {
  builder::TransferOptions options;
  std::string progress = "auto";
};

inline void add_progress_option(CLI::App& app, std::string& progress) {
  app.add_option("--progress", progress, "How to show progress: auto, plain, tty or quiet")
      ->type_name("MODE")
      ->check(CLI::IsMember({"auto", "plain", "tty", "quiet", "none"}));
}

inline void add_transfer_options(CLI::App& app, TransferArguments& arguments) {
  app.add_option("--root", arguments.options.store_root, "The store")->type_name("DIR");
  add_progress_option(app, arguments.progress);
  add_registry_options(app, arguments.options.registries);
}

}  // namespace mbuild::cli
