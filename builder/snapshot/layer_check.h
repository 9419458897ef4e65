// Whether a layer of the store is what its record says.
#pragma once

#include <optional>
#include <string>

#include "builder/snapshot/layer_store.h"

namespace mbuild::builder {

// What is wrong with `layers/<id>`, or nullopt when all of it is sound (or there is no such layer any more).
// Reads everything: the tree against the fingerprint and each diffID that is recorded; that of a pulled layer
// against its blob, which is unpacked beside it for that.
Result<std::optional<std::string>> find_layer_damage(LayerStore& layers, const std::string& id);

}  // namespace mbuild::builder
