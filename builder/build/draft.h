// draft_image(): the tree that a plan's execution gave, as an image whose layers are all in the store.
#pragma once

#include <cstdint>
#include <optional>

#include "builder/build.h"
#include "builder/exec/tree.h"
#include "builder/export/finish_image.h"
#include "builder/plan/plan.h"

namespace mbuild::builder {

Result<ImageDraft> draft_image(const PlannedImage& plan, const Tree& tree, const BuildRequest& request,
                               const std::optional<std::int64_t>& epoch, LayerStore& layers);

}  // namespace mbuild::builder
