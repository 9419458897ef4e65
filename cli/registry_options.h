// The options that every verb has which may speak to a registry.
#pragma once

#include <CLI/CLI.hpp>

#include "builder/registry_access.h"

namespace mbuild::cli {

void add_registry_options(CLI::App& app, builder::RegistryAccess& access);

}  // namespace mbuild::cli
