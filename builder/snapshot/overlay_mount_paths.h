// Overlay mounts by mount(2), for kernels whose overlayfs takes its layers only as a string of paths.
#pragma once

#include <expected>

#include "builder/snapshot/overlay_mount.h"

namespace mbuild::builder {

struct MountError {
  int errnum = 0;
  const char* action = "";
};

// As mount_overlay_by_paths(). mount(2) attaches what it mounts to a place that paths lead to; so a thread
// with a mount namespace and a working directory of its own mounts in `scratch` and takes a detached copy
// from there.
std::expected<Fd, MountError> mount_by_paths(const OverlayStack& stack, const OverlayForm& form, int scratch);

}  // namespace mbuild::builder
