// The mounts that a spec asks for, beside those that every step has.
#pragma once

#include <cstdint>
#include <vector>

#include "builder/sandbox/mount_points.h"
#include "builder/sandbox/spec.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Made in two moves, because a mount can only be copied in the namespace that it is in, and only be attached
// in the one that it is for.
class StepMounts {
 public:
  // In the builder's namespace. `mounts` is borrowed. `attributes` (MOUNT_ATTR_*) go on all that the step may
  // write to.
  static Result<StepMounts> copy(const std::vector<SandboxMount>& mounts, std::uint64_t attributes);

  // In the step's namespace. Outermost targets come first, so that nested ones work in any order. `staging`
  // is the root of an attached tmpfs that the step will not see; files for `data` mounts go there.
  Result<void> attach(MountPoints& mount_points, int staging) const;

 private:
  struct Entry {
    const SandboxMount* mount = nullptr;
    Fd tree;  // none for `data`
    MountPoints::Kind kind = MountPoints::Kind::directory;
  };

  std::vector<Entry> entries_;
};

}  // namespace mbuild::builder
