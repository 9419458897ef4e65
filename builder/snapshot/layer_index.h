// LayerIndex: the names and metadata of a layer's archive, to be mounted over it.
#pragma once

#include <string>

#include "builder/snapshot/layer_apply.h"
#include "registry/base/result.h"
#include "registry/oci/archive_reader.h"

namespace mbuild::builder {

struct LayerIndex {
  AppliedLayer content;
  std::string image;  // EROFS, see make_erofs_image()
};

// Reads `archive`, a bare tar, to the end of its source. What the mounted index shows is what apply_layer()
// makes of the same archive, and what that refuses is refused; but device nodes are there whoever mounts it.
// `unsupported` for what cannot be mapped, sparse files above all: the source is read to its end then too.
Result<LayerIndex> index_layer(oci::ArchiveReader& archive);

}  // namespace mbuild::builder
