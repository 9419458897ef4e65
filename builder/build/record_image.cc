#include "builder/build/record_image.h"

#include "registry/base/timestamp.h"

namespace mbuild::builder {

Result<ImageRecord> record_image(const ImageSource& source, const oci::Reference& name,
                                 const LayerChain& chain, Session& session) {
  ImageRecord record;
  record.name = name.str();
  // The config's own bytes, so that the id is the one the registry knows.
  record.id = MBUILD_TRY(session.layers->blobs().put(source.config_json));
  record.platform = source.config.platform;
  record.created = Timestamp::now().seconds;
  for (const LayerPtr& layer : chain) {
    record.layers.push_back(layer->id);
    record.size += MBUILD_TRY(session.layers->tar_info(*layer)).size;
  }
  MBUILD_CHECK(session.images.put(record));
  return record;
}

}  // namespace mbuild::builder
