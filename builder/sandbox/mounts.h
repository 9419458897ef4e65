// Detached mounts: trees that hang nowhere until they are attached, and are gone when their descriptor is
// closed before that. Nothing here is ever visible in the mount namespace of the builder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// An option of a new file system: a string ("mode=755").
struct MountOption {
  const char* key;
  std::string value;
};

// A private copy, with what is mounted below, of the mount and subtree that `source` (a directory or a file)
// is in. `source` must be in the caller's mount namespace, or in a detached mount on Linux 6.15 and newer; on
// older kernels the root of a detached mount gives the mount itself, which can then be attached once.
Result<Fd> copy_mount(int source);

// A new instance of a file system. `attributes` are MOUNT_ATTR_*.
Result<Fd> new_mount(const char* type, const std::vector<MountOption>& options, std::uint64_t attributes);

// Sets MOUNT_ATTR_* on a mount and all below it.
Result<void> set_mount_attributes(int mount, std::uint64_t attributes);

// Attaches a detached mount to `target` (O_PATH), which must be a directory for a directory and anything else
// for a file. `what` names the target in errors.
Result<void> attach_mount(int mount, int target, std::string_view what);

// Whether two descriptors lie in one mount. False when that cannot be told.
bool same_mount(int a, int b);

}  // namespace mbuild::builder
