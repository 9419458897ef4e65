// Image: one platform's image as a finished value, which exporters take.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "builder/export/attestation.h"
#include "builder/snapshot/layer.h"
#include "registry/oci/image_config.h"
#include "registry/oci/reference.h"

namespace mbuild::builder {

struct ImageLayer {
  LayerPtr layer;
  oci::Digest diff_id;
  std::uint64_t size = 0;                    // of the uncompressed tar
  bool from_base = false;                    // came with a base image: its times are never rewritten
  std::optional<std::int64_t> rewritten_to;  // the epoch that rewrite_times() cut its times down to
};

// Never changed once made: see finish_image() and read_image().
struct Image {
  oci::ImageConfig config;  // its diff_ids are those of `layers`
  std::string config_json;  // the bytes behind `id`
  oci::Digest id;
  std::vector<ImageLayer> layers;                  // lowest first
  std::map<std::string, std::string> annotations;  // of its manifest
  std::vector<Attestation> attestations;
};

// What a build hands to its exporters: an image for each platform, in the order they were asked for.
struct ExportInput {
  std::vector<Image> images;                      // at least one
  bool index = false;                             // an index even around a single image
  std::vector<oci::Reference> names;              // the tags; an exporter's own `name` takes their place
  std::optional<std::int64_t> source_date_epoch;  // seconds

  // Whether an image manifest alone cannot hold it: attestations need an index too.
  bool needs_index() const {
    return index || images.size() > 1 || std::any_of(images.begin(), images.end(), [](const Image& image) {
             return !image.attestations.empty();
           });
  }
};

}  // namespace mbuild::builder
