// The files of an image archive: an OCI layout (image-spec, image-layout.md), and docker-load's manifest.json
// beside it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builder/export/layout_sink.h"
#include "builder/export/pack.h"
#include "registry/oci/manifest.h"

namespace mbuild::builder {

// The files under blobs/: configs, manifests, layers, an index. Borrows `packed` and `services`' pointers.
Result<void> write_blobs(LayoutSink& sink, const PackedResult& packed, const ExportServices& services,
                         const ExportProgress& progress);

// The layout's index.json: a descriptor of the result for each name, as containerd and BuildKit write them.
// With `existing`, its entries stay unless they have one of the new tags.
std::string layout_index(const PackedResult& packed, const std::vector<oci::Reference>& names,
                         const std::optional<oci::Index>& existing = std::nullopt);

// docker-load's manifest.json of a single image whose blobs lie in an OCI layout (moby: image/tarexport).
std::string docker_manifest(const PackedImage& image, const std::vector<oci::Reference>& names);

inline constexpr std::string_view kOciLayout = R"({"imageLayoutVersion":"1.0.0"})";

}  // namespace mbuild::builder
