#include "builder/export/rewrite_times.h"

#include "builder/export/pack.h"
#include "registry/base/parallel.h"

namespace mbuild::builder {

namespace {

// The rewritten layer is imported, so that it is a layer like any other, whoever uses the image later. The
// store remembers each part of the work.
Result<ImageLayer> rewrite_layer(const ImageLayer& original, std::int64_t epoch,
                                 const CompressionOptions& compression, const ExportServices& services) {
  LayerStore& layers = *services.layers;
  const LayerBlob blob = MBUILD_TRY(layers.ensure_blob(*original.layer, compression, false, epoch));
  const LayerTar tar = MBUILD_TRY(layers.tar_info(*original.layer, epoch));
  if (tar.diff_id == original.diff_id) return original;

  LayerPtr layer = MBUILD_TRY(layers.find_imported(tar.diff_id));
  if (!layer) {
    auto source = MBUILD_TRY(open_layer_blob(blob, services));
    layer = MBUILD_TRY(layers.import(std::move(source), describe_blob(blob), tar.diff_id, tar.size));
  }
  return ImageLayer{std::move(layer), tar.diff_id, tar.size, false, epoch};
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

std::optional<std::int64_t> effective_epoch(std::optional<std::int64_t> of_build,
                                            const ExportAttributes& attributes) {
  return attributes.source_date_epoch ? *attributes.source_date_epoch : of_build;
}

Result<ExportInput> rewrite_times(const ExportInput& input, const ExportAttributes& attributes,
                                  const ExportServices& services) {
  ExportInput rewritten = input;
  const auto epoch = effective_epoch(input.source_date_epoch, attributes);
  if (!attributes.rewrite_timestamp || !epoch) return rewritten;
  for (Image& image : rewritten.images) {
    image = MBUILD_TRY(rewrite_image(image, *epoch, attributes, services));
  }
  return rewritten;
}

}  // namespace mbuild::builder
