// A shell, or another program, where a step failed.
#pragma once

#include "builder/debug.h"

namespace mbuild::cli {

// On a terminal the program gets one; else mbuild's own standard streams. Prints what went wrong. Gives the
// program's exit code, or mbuild's.
int run_debug_shell(builder::DebugRequest request);

}  // namespace mbuild::cli
