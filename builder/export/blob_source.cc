// What pack.h says of the blobs of layers.
#include "builder/export/pack.h"
#include "registry/base/fd_stream.h"

namespace mbuild::builder {

oci::Descriptor describe_blob(const LayerBlob& blob, bool docker) {
  oci::Descriptor descriptor;
  descriptor.media_type = oci::layer_media_type(blob.compression, docker);
  descriptor.digest = blob.digest;
  descriptor.size = blob.size;
  return descriptor;
}

Result<std::unique_ptr<ByteSource>> open_layer_blob(const LayerBlob& blob, const ExportServices& services) {
  const std::string action = "open layer blob " + blob.digest.str();
  auto file = MBUILD_TRY_AS(action, services.layers->blobs().open_blob(blob.digest));
  if (file) return std::make_unique<FdSource>(std::move(*file), blob.digest.str());
  if (blob.source.empty()) return fail(ErrorKind::not_found, action + ": it is not in the store");
  if (services.registry == nullptr) {
    return fail(ErrorKind::unsupported,
                action + ": it has to come from " + blob.source + ", and there is no registry");
  }
  const oci::Reference source = MBUILD_TRY_AS(action, oci::Reference::parse(blob.source));
  return services.registry->open_blob(source, describe_blob(blob));
}

}  // namespace mbuild::builder
