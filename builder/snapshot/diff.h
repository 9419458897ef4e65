// Reduces what was written to an overlay to what changed.
#pragma once

#include "builder/snapshot/lower_tree.h"
#include "builder/snapshot/overlay_form.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Removes from `upper`, the upper folder of an overlay that is no longer mounted, all that a layer's tarball
// would not hold (SEMANTICS B3, "Diff selection"), so that the folder and the tarball say the same:
//  - files that equal those below: type, mode, owner, device, size, mtime in whole seconds, link target,
//    security.capability, and the contents, which are always compared;
//  - directories that equal those below (whose mtime does not count) and hold no change;
//  - whiteouts of what does not exist below, and sockets;
//  - opaque marks: what they hide becomes whiteouts, name by name.
// The mtimes of the directories that are left stay as they were.
Result<void> prune_unchanged(int upper, const OverlayForm& form, LowerTree& lower);

}  // namespace mbuild::builder
