// The options that `mbuild push` and `mbuild pull` share.
#pragma once

#include <optional>
#include <string>

#include "builder/images.h"
#include "cli/command_line.h"
#include "cli/registry_options.h"
#include "cli/store_options.h"

namespace mbuild::cli {

struct TransferArguments {
  StoreOptions store;
  builder::TransferOptions options;
  std::string progress = "auto";
};

inline void add_progress_option(CommandLine& line, std::string& progress) {
  line.add_option("--progress", progress, "How to show progress: auto, plain, tty or quiet")
      .type_name("MODE")
      .one_of({"auto", "plain", "tty", "quiet", "none"});
}

inline void add_transfer_options(CommandLine& line, TransferArguments& arguments) {
  add_store_options(line, arguments.store);
  add_progress_option(line, arguments.progress);
  add_registry_options(line, arguments.options.registries);
}

// As enter_store().
inline std::optional<int> enter_transfer(TransferArguments& arguments) {
  if (auto code = enter_store(arguments.store)) return code;
  arguments.options.store_root = arguments.store.root;
  return std::nullopt;
}

}  // namespace mbuild::cli
