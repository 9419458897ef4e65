// The order in which mounts are made.
#pragma once

#include <vector>

#include "builder/sandbox/spec.h"

namespace mbuild::builder {

// The mounts, borrowed, with targets of fewer names first, so that nested ones work in any order of the spec;
// else as they came.
std::vector<const SandboxMount*> outermost_first(const std::vector<SandboxMount>& mounts);

}  // namespace mbuild::builder
