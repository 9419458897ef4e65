// What a request asks of the lowering: its strings read, the platforms filled in.
#pragma once

#include <vector>

#include "builder/build.h"
#include "builder/plan/lower.h"
#include "registry/oci/platform.h"

namespace mbuild::builder {

// The platforms to build for, each once, in the order given; without any the host's. `invalid_input` for one
// that is none.
Result<std::vector<oci::Platform>> target_platforms(const BuildRequest& request);

LowerOptions lower_options(const BuildRequest& request, const oci::Platform& target);

}  // namespace mbuild::builder
