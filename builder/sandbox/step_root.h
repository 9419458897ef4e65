// StepRoot: the root that a step sees, with all that is mounted in it.
#pragma once

#include <cstdint>
#include <optional>

#include "builder/sandbox/mount_points.h"
#include "builder/sandbox/spec.h"
#include "builder/sandbox/step_mounts.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// When it is destroyed, after the step and its namespaces are gone, the mount points that it made are removed
// from the rootfs.
class StepRoot {
 public:
  // In the builder's mount namespace. `spec` is borrowed. `attributes` (MOUNT_ATTR_*) go on all that the step
  // may write to.
  static Result<StepRoot> copy(const SandboxSpec& spec, std::uint64_t attributes);

  StepRoot(StepRoot&&) = default;
  StepRoot& operator=(StepRoot&&) = delete;
  ~StepRoot();

  // In the step's mount namespace (private, umask 0): attaches the root over "/" and fills it. What is left
  // to the step's process is to mount proc and cgroup2 and to pivot.
  Result<void> assemble();

  int root() const { return root_.get(); }
  int proc_place() const { return proc_place_.get(); }
  int cgroup_place() const {
    return cgroup_place_.get();
  }  // -1 where the machine has no /sys/fs/cgroup of v2

 private:
  StepRoot(const SandboxSpec& spec, std::uint64_t attributes, Fd root, StepMounts mounts);

  Result<void> mount_sys();

  const SandboxSpec* spec_;
  std::uint64_t attributes_;
  Fd root_;
  StepMounts mounts_;
  MountPoints mount_points_;
  Fd proc_place_;
  Fd cgroup_place_;
};

}  // namespace mbuild::builder
