// How kinds of things in a store are called.
#pragma once

#include <optional>
#include <string>

#include "builder/prune.h"

namespace mbuild::cli {

const char* stored_kind_name(builder::StoredKind kind);  // "layer", "blob", "mount", "context"

// By these names, and those of docker buildx: regular, exec.cachemount, source.local.
std::optional<builder::StoredKind> stored_kind(const std::string& name);

}  // namespace mbuild::cli
