#include "builder/export/finish_image.h"

#include <algorithm>
#include <vector>

#include "registry/base/parallel.h"

namespace mbuild::builder {

namespace {

Result<void> check_history(const oci::ImageConfig& config, std::size_t layers) {
  const auto& history = config.history;
  const auto entries =
      std::count_if(history.begin(), history.end(), [](const auto& entry) { return !entry.empty_layer; });
  if (history.empty() || static_cast<std::size_t>(entries) == layers) return {};
  return fail(ErrorKind::internal, "finish the image: its history tells of " + std::to_string(entries) +
                                       " layers, and it has " + std::to_string(layers));
}

}  // namespace

Result<Image> finish_image(ImageDraft draft, const std::optional<CompressionOptions>& compression,
                           LayerStore& layers, unsigned threads) {
  MBUILD_CHECK(check_history(draft.config, draft.layers.size()));
  // Hashing uses one thread a layer; compressing uses what it gets.
  std::vector<std::uint64_t> sizes;
  for (const auto& [layer, from_base] : draft.layers) {
    sizes.push_back(compression && !from_base ? layer->bytes : 0);
  }
  Image image;
  image.layers.resize(sizes.size());
  const auto finish_layer = [&](std::size_t i, unsigned layer_threads) -> Result<void> {
    const auto& [layer, from_base] = draft.layers[i];
    // A base's layers lie in the store as blobs already, or are pushed from where they are.
    if (compression && !from_base) {
      CompressionOptions options = *compression;
      options.threads = layer_threads;
      MBUILD_CHECK(layers.ensure_blob(*layer, options, false));
    }
    const LayerTar tar = MBUILD_TRY(layers.tar_info(*layer));
    image.layers[i] = {layer, tar.diff_id, tar.size, from_base, std::nullopt};
    return {};
  };
  MBUILD_CHECK(for_each_sized(sizes, threads, finish_layer));

  image.config = std::move(draft.config);
  image.config.diff_ids.clear();
  for (const ImageLayer& layer : image.layers) image.config.diff_ids.push_back(layer.diff_id);
  image.config_json = image.config.json();
  image.id = oci::Digest::of(image.config_json);
  return image;
}

Result<Image> read_image(const ImageRecord& record, LayerStore& layers) {
  const std::string action = "read image " + (record.name.empty() ? record.id.str() : record.name);
  auto json = MBUILD_TRY_AS(action, layers.blobs().read(record.id));
  if (!json) return fail(ErrorKind::not_found, action + ": its config " + record.id.str() + " is gone");

  Image image;
  image.config = MBUILD_TRY_AS(action, oci::ImageConfig::parse(*json));
  image.config_json = std::move(*json);
  image.id = record.id;
  image.annotations = record.annotations;
  if (image.config.diff_ids.size() != record.layers.size()) {
    return fail(ErrorKind::corrupt, action + ": the config and the record disagree on the number of layers");
  }
  for (std::size_t i = 0; i < record.layers.size(); ++i) {
    LayerPtr layer = MBUILD_TRY_AS(action, layers.find(record.layers[i]));
    const LayerTar tar = MBUILD_TRY_AS(action, layers.tar_info(*layer));
    if (tar.diff_id != image.config.diff_ids[i]) {
      return fail(ErrorKind::corrupt,
                  action + ": layer " + layer->id + " is not the one that the config names");
    }
    image.layers.push_back({std::move(layer), tar.diff_id, tar.size, false, std::nullopt});
  }
  return image;
}

}  // namespace mbuild::builder
