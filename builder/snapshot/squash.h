// squash(): several layers as one.
#pragma once

#include "builder/snapshot/layer.h"
#include "builder/snapshot/layer_store.h"
#include "builder/snapshot/snapshotter.h"

namespace mbuild::builder {

// The layer that makes of `base` the tree that `base` with all of `above` on it is. What the layers of
// `above` take back of each other is in it no more.
Result<LayerPtr> squash(LayerStore& store, Snapshotter& snapshots, const LayerChain& base,
                        const LayerChain& above);

}  // namespace mbuild::builder
