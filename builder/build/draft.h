// draft_image(): the tree that a plan's execution gave, as an image whose layers are all in the store.
#pragma once

#include <cstdint>
#include <optional>

#include "builder/build.h"
#include "builder/exec/tree.h"
#include "builder/export/finish_image.h"
#include "builder/plan/plan.h"
#include "builder/snapshot/snapshotter.h"

namespace mbuild::builder {

// With `request.squash` the layers over the base's are one, and the history says so as `docker build
// --squash` does: their entries stay, as empty ones, and one more is theirs.
Result<ImageDraft> draft_image(const PlannedImage& plan, const Tree& tree, const BuildRequest& request,
                               const std::optional<std::int64_t>& epoch, LayerStore& layers,
                               Snapshotter& snapshots);

}  // namespace mbuild::builder
