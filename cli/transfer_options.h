// The options that `mbuild push` and `mbuild pull` share.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

#include "builder/images.h"
#include "cli/store_options.h"

namespace mbuild::cli {

struct TransferArguments {
  StoreOptions store;
  builder::TransferOptions options;
  std::string progress = "auto";
};

inline void add_transfer_options(CLI::App& app, TransferArguments& arguments) {
  add_store_options(app, arguments.store);
  app.add_option("--insecure", arguments.options.insecure_registries,
                 "Talk to this registry over plain HTTP or unverified TLS")
      ->type_name("HOST[:PORT]")
      ->allow_extra_args(false);
  app.add_option("--registries", arguments.options.registries_file,
                 "Mirrors and other settings of registries (registries.json)")
      ->type_name("FILE");
  app.add_option("--progress", arguments.progress, "How to show progress: auto, plain, tty or quiet")
      ->type_name("MODE")
      ->check(CLI::IsMember({"auto", "plain", "tty", "quiet", "none"}));
}

// As enter_store().
inline std::optional<int> enter_transfer(TransferArguments& arguments) {
  if (auto code = enter_store(arguments.store)) return code;
  arguments.options.store_root = arguments.store.root;
  return std::nullopt;
}

}  // namespace mbuild::cli
