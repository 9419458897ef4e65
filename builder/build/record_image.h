// record_image(): gives a fetched image its name in the store.
#pragma once

#include "builder/build/session.h"
#include "builder/export/image_store.h"
#include "builder/plan/image_source.h"
#include "builder/snapshot/layer.h"

namespace mbuild::builder {

// `chain` is the image's layers in the store. Afterwards `name` can be built from without a registry.
Result<ImageRecord> record_image(const ImageSource& source, const oci::Reference& name,
                                 const LayerChain& chain, Session& session);

}  // namespace mbuild::builder
