// The /dev of a step (SEMANTICS A12; runc's libcontainer/specconv and containerd's oci defaults).
#pragma once

#include <cstdint>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

struct DeviceOptions {
  std::uint64_t shm_bytes = 64ull << 20;
  // The mount attributes of every file system that a step may write to: MOUNT_ATTR_NODEV where no device
  // cgroup keeps the step from opening the nodes that it makes (CAP_MKNOD is one of its capabilities).
  std::uint64_t attributes = 0;
  bool privileged = false;  // with the devices of an insecure step, where they can be made
};

// Mounts a fresh /dev on `target`: null, zero, full, random, urandom and tty, pts, shm, mqueue, and the usual
// symlinks. The caller must be in the step's mount and ipc namespaces, with umask 0. Nodes that the kernel
// does not let this user make (in a user namespace) are bind mounts of the host's.
Result<void> mount_devices(int target, const DeviceOptions& options);

}  // namespace mbuild::builder
