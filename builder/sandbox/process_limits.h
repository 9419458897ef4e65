// The limits of setrlimit(2) by docker's names.
#pragma once

#include <vector>

#include "builder/resource_limits.h"
#include "builder/sandbox/child_plan.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// `invalid_input` for names that the kernel has not and for a soft limit above the hard one; `unsupported`
// for a hard limit above the builder's own when this process may not raise it (CAP_SYS_RESOURCE, of the
// machine's root alone).
Result<std::vector<ChildLimit>> kernel_limits(const std::vector<ProcessLimit>& limits);

}  // namespace mbuild::builder
