// The system calls about owners and ids that are answered for a step in a user namespace of one id.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace mbuild::builder {

// A seccomp program that hands chown(2), stat(2), the calls that change ids and those that ask for them to a
// listener, and lets everything else pass. Programs for another architecture than the machine's own are let
// pass altogether.
std::vector<sock_filter> owner_call_filter();

}  // namespace mbuild::builder
