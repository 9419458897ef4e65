// Turns what was written to a workspace into a layer of the store.
#pragma once

#include <chrono>
#include <vector>

#include "builder/snapshot/fingerprint.h"
#include "builder/snapshot/layer_folders.h"
#include "builder/snapshot/layer_store.h"
#include "builder/snapshot/lower_tree.h"
#include "builder/snapshot/snapshotter.h"

namespace mbuild::builder {

// The id of the layer that a step of this definition gets for this result.
std::string committed_layer_id(const oci::Digest& definition, const oci::Digest& fingerprint);

// The draft's `fs` is an upper folder in overlay form, which nothing writes to any more; `lower` is the tree
// that it lay over. The layer's id is a function of the step's definition and its result.
Result<CommittedLayer> commit_layer(LayerStore& store, LayerDraft draft, LowerTree& lower,
                                    const CommitOptions& options);

// The mtimes that a step gives which began then and ends now.
TimeRange touched_since(std::chrono::system_clock::time_point started);

// Makes a draft with this content a layer, or gives the equal one that is there.
Result<CommittedLayer> install_layer(LayerStore& store, LayerDraft draft, const LayerContent& content,
                                     const TimeRange& touched, const oci::Digest& definition,
                                     std::vector<TarRecord> tars);

}  // namespace mbuild::builder
