// What a request asks of the lowering: its strings read, the platforms filled in.
#pragma once

#include "builder/build.h"
#include "builder/plan/lower.h"

namespace mbuild::builder {

// `invalid_input` for a platform that is none.
Result<LowerOptions> lower_options(const BuildRequest& request);

}  // namespace mbuild::builder
