// Making Image values: from what a build gave, and from what the image store has.
#pragma once

#include <optional>

#include "builder/export/image.h"
#include "builder/export/image_store.h"
#include "builder/snapshot/layer_store.h"
#include "registry/base/compress.h"

namespace mbuild::builder {

// A built image whose layers may not have been hashed yet.
struct ImageDraft {
  oci::ImageConfig config;  // its diff_ids are ignored
  struct DraftLayer {
    LayerPtr layer;
    bool from_base = false;
  };
  std::vector<DraftLayer> layers;  // as many as `config.history` has entries that are not empty
};

// Finds every layer's diffID, at most `threads` at once. With `compression` each layer's blob is made in the
// same pass over its files, so that an export that wants it finds it.
Result<Image> finish_image(ImageDraft draft, const std::optional<CompressionOptions>& compression,
                           LayerStore& layers, unsigned threads);

// The image behind a record of the image store. `not_found` when its config or a layer is gone.
Result<Image> read_image(const ImageRecord& record, LayerStore& layers);

}  // namespace mbuild::builder
