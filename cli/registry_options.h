// The options that every verb has which may speak to a registry.
#pragma once

#include "builder/registry_access.h"
#include "cli/command_line.h"

namespace mbuild::cli {

void add_registry_options(CommandLine& line, builder::RegistryAccess& access);

}  // namespace mbuild::cli
