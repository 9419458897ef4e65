// The supervisor of a step without a pid namespace: a process between the builder and the step, to which
// everything that the step starts falls when its parent ends (PR_SET_CHILD_SUBREAPER).
#pragma once

#include <sys/resource.h>

#include "builder/sandbox/child_plan.h"

namespace mbuild::builder {

// What a supervisor says when its step is over.
struct SupervisorReport {
  int wait_status = 0;
  rusage usage{};  // of the step and all that it started
};

struct SupervisorPlan {
  ChildPlan step;  // step.report is where failures to start go
  int lifeline;    // reading end of a pipe whose writer the builder holds: closed, it ends the step
  int outcome;     // the SupervisorReport goes here
};

// Starts the step, waits for its end or the lifeline's, kills whatever is left of what it started, reports,
// and exits; never returns. For a process that was just forked, with all signals blocked: nothing of the
// builder's memory but `plan` is used, and all descriptors but those of the plan are closed.
[[noreturn]] void run_supervisor(SupervisorPlan plan);

}  // namespace mbuild::builder
