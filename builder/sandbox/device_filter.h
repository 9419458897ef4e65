// Which device nodes the processes of a cgroup may open.
#pragma once

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// The rules of Docker's containers (runc, libcontainer/specconv: AllowedDevices): any node may be made, but
// only null, zero, full, random, urandom, tty, console, ptmx and pseudo terminals can be opened. Without them
// a step, which has CAP_MKNOD, could reach the host's disks.
class DeviceFilter {
 public:
  // Needs CAP_BPF or CAP_SYS_ADMIN in the first user namespace.
  static Result<DeviceFilter> load();

  // For all processes of a cgroup v2 folder, for as long as it exists; beside what holds for it already.
  Result<void> attach(int cgroup) const;

 private:
  explicit DeviceFilter(Fd program) : program_(std::move(program)) {}

  Fd program_;
};

}  // namespace mbuild::builder
