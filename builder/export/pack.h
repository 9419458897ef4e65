// Packing: manifests, and the blobs they name, out of finished images.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "builder/export/attributes.h"
#include "builder/export/exporter.h"
#include "builder/export/image.h"
#include "registry/oci/manifest.h"

namespace mbuild::builder {

struct PackedImage {
  const Image* image = nullptr;  // of the input
  oci::Manifest manifest;
  std::string manifest_json;
  oci::Descriptor descriptor;     // of the manifest, as an index lists it
  std::vector<LayerBlob> layers;  // where the blobs of manifest.layers are
};

struct PackedResult {
  std::vector<PackedImage> images;
  std::vector<AttestationManifest> attestations;  // one for each image that has any
  std::string index_json;                         // empty when a single manifest is the result
  oci::Descriptor root;                           // of the index, else of the manifest
};

// `names` are those that the result gets. `input` must outlive what is given. Layers are compressed in
// parallel, each once for all exports of a store.
Result<PackedResult> pack(const ExportInput& input, const ExportAttributes& attributes,
                          const std::vector<oci::Reference>& names, const ExportServices& services,
                          const ExportProgress& progress);

// As a manifest lists it, with OCI's media type or Docker's.
oci::Descriptor describe_blob(const LayerBlob& blob, bool docker = false);

// Opens the blob of a packed layer: from the store, or from the registry that its base image came from.
Result<std::unique_ptr<ByteSource>> open_layer_blob(const LayerBlob& blob, const ExportServices& services);

}  // namespace mbuild::builder
