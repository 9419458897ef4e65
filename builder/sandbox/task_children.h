// The processes that a process started.
#pragma once

#include <sys/types.h>

namespace mbuild::builder {

// Sends SIGKILL to every process that descends from `ancestor`, which is spared; parents before children, so
// that a killed parent makes no more. Async-signal-safe. What is started meanwhile may be missed.
void kill_descendants(pid_t ancestor);

}  // namespace mbuild::builder
