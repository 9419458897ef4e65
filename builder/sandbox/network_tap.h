// The tap device through which a private network namespace is served.
#pragma once

#include <linux/filter.h>
#include <sys/types.h>

#include <vector>

#include "registry/base/result.h"

namespace mbuild::builder {

// What may leave a step's network for the program that serves it: ARP, and IPv4 and IPv6 to anywhere but the
// addresses that a socket on the host takes for the host itself (127.0.0.0/8, 0.0.0.0/8, ::/64 with ::1 and
// ::ffff:0:0/96 in it). Routing alone does not keep those in: a socket bound to the device, and whoever has
// CAP_NET_RAW, sends what it likes, and pasta before 2024 connects to it. For a frame from its Ethernet
// header on; gives how much of it passes.
std::vector<sock_filter> outward_filter();

// Sets that filter on the tap device that a child of `keeper` has opened. The child cannot undo it once it
// has confined itself.
Result<void> filter_tap_below(pid_t keeper);

}  // namespace mbuild::builder
