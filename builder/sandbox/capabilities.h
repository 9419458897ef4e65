// Capabilities of a step (capabilities(7)).
#pragma once

#include <linux/capability.h>

#include <cstdint>

namespace mbuild::builder {

constexpr std::uint64_t capability_bit(int capability) {
  return std::uint64_t{1} << capability;
}

// What Docker leaves to a container: 00000000a80425fb (github.com/moby/moby, oci/caps/defaults.go).
constexpr std::uint64_t default_capabilities =
    capability_bit(CAP_CHOWN) | capability_bit(CAP_DAC_OVERRIDE) | capability_bit(CAP_FOWNER) |
    capability_bit(CAP_FSETID) | capability_bit(CAP_KILL) | capability_bit(CAP_SETGID) |
    capability_bit(CAP_SETUID) | capability_bit(CAP_SETPCAP) | capability_bit(CAP_NET_BIND_SERVICE) |
    capability_bit(CAP_NET_RAW) | capability_bit(CAP_SYS_CHROOT) | capability_bit(CAP_MKNOD) |
    capability_bit(CAP_AUDIT_WRITE) | capability_bit(CAP_SETFCAP);
static_assert(default_capabilities == 0xa80425fb);

// The calling thread's effective capabilities; 0 when they cannot be had.
std::uint64_t effective_capabilities();

// Async-signal-safe, for the child of a step before it executes the program: takes all but `keep` out of the
// bounding set and empties the inheritable and ambient sets. execve(2) then gives a root process `keep` and
// any other nothing, so that the permitted set need not be touched. Gives 0 or an errno.
int limit_capabilities(std::uint64_t keep);

}  // namespace mbuild::builder
