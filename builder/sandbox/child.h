// The child of a step, between clone and exec.
#pragma once

#include "builder/sandbox/child_plan.h"

namespace mbuild::builder {

// Confines the calling process as `plan` says and executes the program; never returns. Failures go to
// plan.report as one ChildReport, before which there may be one with `ready`.
//
// Runs in memory that it shares with the builder, all threads of which go on but the one that made it: it
// allocates nothing, locks nothing, and changes no memory but its own stack. C library functions that are
// more than a system call are avoided; those that change ids would change them in every thread.
[[noreturn]] void run_child(const ChildPlan& plan);

}  // namespace mbuild::builder
