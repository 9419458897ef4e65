// How a step ended and what it used, out of what the kernel says.
#pragma once

#include <chrono>

#include "builder/sandbox/sandbox.h"
#include "builder/sandbox/step_cgroup.h"
#include "builder/sandbox/step_process.h"

namespace mbuild::builder {

// `process` is the one that `ended`; `cgroup` is the step's.
StepExit exit_of(const StepProcess::Ended& ended, const StepProcess& process, const StepCgroup& cgroup,
                 std::chrono::nanoseconds wall);

}  // namespace mbuild::builder
