// Overlay mounts that no mount namespace shows.
#pragma once

#include <optional>
#include <vector>

#include "builder/snapshot/overlay_form.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// What overlayfs takes; more in one mount is an error of the kernel's (OVL_MAX_STACK).
inline constexpr std::size_t kMaxOverlayLayers = 500;

// Directories, open for reading, all borrowed for the call.
struct OverlayStack {
  std::vector<int> lower;  // topmost first: one at least, and two when there is no upper
  int upper = -1;          // with `work`, an empty directory on its file system; or neither: a read-only tree
  int work = -1;
};

// A detached mount: it lasts as long as the descriptor (O_PATH) or mounts that were made from it. Renames of
// directories are copies (redirect_dir off), so that a layer never depends on the overlay it was written in,
// and syncs of the tree do nothing (volatile, where the kernel has it). `unsupported` says why the kernel
// refuses; nullopt is a kernel before 6.7, which takes layers only as paths.
Result<std::optional<Fd>> mount_overlay(const OverlayStack& stack, const OverlayForm& form);

// The same for those kernels, by mount(2) in a mount namespace of a helper thread's own. `scratch` is an
// empty directory.
Result<Fd> mount_overlay_by_paths(const OverlayStack& stack, const OverlayForm& form, int scratch);

// A detached, read-only bind mount of a directory.
Result<Fd> mount_read_only(int directory);

}  // namespace mbuild::builder
