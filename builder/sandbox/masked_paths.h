// What a step must not see or change of the kernel (containerd's oci defaults, which BuildKit uses:
// MaskedPaths and ReadonlyPaths of its default Linux spec).
#pragma once

namespace mbuild::builder {

// Covered by /dev/null or an empty directory where they exist.
constexpr const char* masked_paths[] = {
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
};

// Made read-only where they exist.
constexpr const char* read_only_paths[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

}  // namespace mbuild::builder
