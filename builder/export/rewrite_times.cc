#include "builder/export/rewrite_times.h"

#include "builder/export/pack.h"
#include "builder/export/parallel.h"

namespace mbuild::builder {

namespace {

// Tarred, hashed, compressed and hashed again in one pass; then imported, so that it is a layer like any
// other.
Result<ImageLayer> rewrite_layer(const ImageLayer& original, std::int64_t epoch,
                                 const CompressionOptions& compression, const ExportServices& services) {
  LayerStore& layers = *services.layers;
  oci::ContentStore::Writer writer = MBUILD_TRY(layers.blobs().create());
  const auto compressor = MBUILD_TRY(make_compressor(writer, compression));
  oci::HashingSink hashed(compressor.get());
  MBUILD_CHECK(layers.write_tar(*original.layer, hashed, epoch));
  MBUILD_CHECK(compressor->finish());
  const oci::Digest diff_id = hashed.finish();
  if (diff_id == original.diff_id) return original;

  LayerBlob blob;
  blob.size = writer.size();
  blob.digest = MBUILD_TRY(writer.commit());
  blob.compression = compression.type;
  oci::Descriptor descriptor;
  descriptor.media_type = oci::layer_media_type(compression.type, false);
  descriptor.digest = blob.digest;
  descriptor.size = blob.size;
  LayerPtr layer = MBUILD_TRY(layers.find_imported(diff_id));
  if (!layer) {
    auto source = MBUILD_TRY(open_layer_blob(blob, services));
    layer = MBUILD_TRY(layers.import(std::move(source), descriptor, diff_id, hashed.size()));
  }
  return ImageLayer{std::move(layer), diff_id, hashed.size(), false, epoch};
}

Result<Image> rewrite_image(const Image& original, std::int64_t epoch, const ExportAttributes& attributes,
                            const ExportServices& services) {
  Image image = original;
  const auto rewrite = [&](std::size_t i) -> Result<void> {
    if (original.layers[i].from_base) return {};
    image.layers[i] =
        MBUILD_TRY_AS("rewrite the times of layer " + original.layers[i].diff_id.str(),
                      rewrite_layer(original.layers[i], epoch, attributes.compression, services));
    return {};
  };
  MBUILD_CHECK(for_each_parallel(image.layers.size(), services.threads, rewrite));
  for (std::size_t i = 0; i < image.layers.size(); ++i) image.config.diff_ids[i] = image.layers[i].diff_id;
  image.config_json = image.config.json();
  image.id = oci::Digest::of(image.config_json);
  return image;
}

}  // namespace

std::optional<std::int64_t> effective_epoch(const ExportInput& input, const ExportAttributes& attributes) {
  return attributes.source_date_epoch ? *attributes.source_date_epoch : input.source_date_epoch;
}

Result<ExportInput> rewrite_times(const ExportInput& input, const ExportAttributes& attributes,
                                  const ExportServices& services) {
  ExportInput rewritten = input;
  const auto epoch = effective_epoch(input, attributes);
  if (!attributes.rewrite_timestamp || !epoch) return rewritten;
  for (Image& image : rewritten.images) {
    image = MBUILD_TRY(rewrite_image(image, *epoch, attributes, services));
  }
  return rewritten;
}

}  // namespace mbuild::builder
