// The snapshotter for kernels and users that can mount overlays.
#pragma once

#include <memory>

#include "builder/snapshot/layer_store.h"
#include "builder/snapshot/snapshotter.h"

namespace mbuild::builder {

// Tries a mount first; `unsupported` says why it cannot be done. `store` is borrowed.
Result<std::unique_ptr<Snapshotter>> make_overlay_snapshotter(LayerStore& store);

}  // namespace mbuild::builder
