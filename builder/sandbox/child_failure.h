// What a child's report of failure means to the user.
#pragma once

#include "builder/sandbox/child_plan.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// "exec: "foo": executable file not found in $PATH", "working directory /app: No such file or directory".
// What the Dockerfile or the image is to blame for is `not_found` or `invalid_input`.
Error child_failure(const ChildReport& report, const ChildPlan& plan);

}  // namespace mbuild::builder
