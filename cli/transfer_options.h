// The options that `mbuild push` and `mbuild pull` share.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "builder/images.h"

namespace mbuild::cli {

struct TransferArguments {
  builder::TransferOptions options;
  std::string progress = "auto";
};

inline void add_transfer_options(CLI::App& app, TransferArguments& arguments) {
  app.add_option("--root", arguments.options.store_root, "The store")->type_name("DIR");
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

}  // namespace mbuild::cli
