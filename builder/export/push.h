// Pushing packed results.
#pragma once

#include "builder/export/exporter.h"
#include "builder/export/pack.h"

namespace mbuild::builder {

// Pushes under `name`: blobs first, the tag last (RegistryClient::push). A layer that the same registry has
// under the name it was pulled from is mounted from there instead of sent.
Result<void> push_packed(const PackedResult& packed, const oci::Reference& name,
                         const ExportServices& services, const ExportProgress& progress);

}  // namespace mbuild::builder
