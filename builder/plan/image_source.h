// ImageSource: an image that a build starts from or copies from, wherever it lives.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "registry/base/stream.h"
#include "registry/oci/descriptor.h"
#include "registry/oci/image_config.h"
#include "registry/oci/platform.h"

namespace mbuild::builder {

// One layer of it: known by its diffID, fetched only when a step needs the files or an export the blob.
struct SourceLayer {
  oci::Digest diff_id;
  oci::Descriptor descriptor;
  std::string layer_id;  // of the store, when the image was built there; else empty
  // The blob as it lies at its source; verified by the reader. From any thread, any number of times.
  std::function<Result<std::unique_ptr<ByteSource>>()> open;
};

struct ImageSource {
  std::string name;         // as errors call it: "docker.io/library/debian:bookworm"
  oci::Digest digest;       // of the manifest, or of the config for images of the store
  std::string config_json;  // the bytes that `config` was read from
  oci::ImageConfig config;
  std::vector<SourceLayer> layers;
};
using ImageSourcePtr = std::shared_ptr<const ImageSource>;

// Finds images for the lowering: in registries, layouts, the store. Thread-safe.
class ImageResolver {
 public:
  virtual ~ImageResolver() = default;
  // `name` is a reference, "oci-layout://DIR[:TAG][@DIGEST]" or "docker-image://REF".
  virtual Result<ImageSourcePtr> resolve(const std::string& name, const oci::Platform& platform) = 0;
};

}  // namespace mbuild::builder
