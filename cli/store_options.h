// The options of every verb that works with the store.
#pragma once

#include <optional>
#include <string>

#include "builder/isolation.h"
#include "cli/command_line.h"

namespace mbuild::cli {

struct StoreOptions {
  std::string root;
  std::string isolation = "auto";
  builder::Isolation entered = builder::Isolation::automatic;  // set by enter_store()
};

void add_store_options(CommandLine& line, StoreOptions& options, const std::string& group = "Options");

// To be called before anything is done with the store, on the program's only thread: fills in where the store
// is and puts the process where it may work with it (builder::enter_isolation). Prints what went wrong and
// gives the exit code if it cannot.
std::optional<int> enter_store(StoreOptions& options);

}  // namespace mbuild::cli
