#include "registry/oci/descriptor.h"

namespace mbuild::oci {

bool Descriptor::is_index() const {
  return media_type == media_type::kOciIndex || media_type == media_type::kDockerIndex;
}

bool Descriptor::is_manifest() const {
  return media_type == media_type::kOciManifest || media_type == media_type::kDockerManifest;
}

bool Descriptor::is_foreign_layer() const {
  return media_type == media_type::kDockerForeignLayer ||
         media_type.starts_with("application/vnd.oci.image.layer.nondistributable.v1.tar");
}

Descriptor describe(std::string_view media_type, std::string_view content) {
  Descriptor descriptor;
  descriptor.media_type = media_type;
  descriptor.digest = Digest::of(content);
  descriptor.size = content.size();
  return descriptor;
}

std::string_view layer_media_type(Compression compression, bool docker) {
  switch (compression) {
    case Compression::none:
      return docker ? media_type::kDockerLayerTar : media_type::kOciLayerTar;
    case Compression::gzip:
      return docker ? media_type::kDockerLayerGzip : media_type::kOciLayerGzip;
    case Compression::zstd:
      return media_type::kOciLayerZstd;
  }
  return media_type::kOciLayerTar;
}

}  // namespace mbuild::oci
