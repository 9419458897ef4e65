// The snapshotter for those who may not mount anything.
#pragma once

#include <memory>

#include "builder/snapshot/layer_store.h"
#include "builder/snapshot/snapshotter.h"

namespace mbuild::builder {

// Trees are copies, which share contents with the layers where the file system can do that (reflink). `store`
// is borrowed.
Result<std::unique_ptr<Snapshotter>> make_plain_copy_snapshotter(LayerStore& store);

}  // namespace mbuild::builder
