#include "builder/build/describe.h"

#include "builder/build/step_reports.h"
#include "builder/export/metadata.h"

namespace mbuild::builder {

std::vector<BuiltLayer> built_layers(const Image& image) {
  std::vector<BuiltLayer> layers;
  for (const oci::HistoryEntry& entry : image.config.history) {
    if (entry.empty_layer || layers.size() == image.layers.size()) continue;
    const ImageLayer& layer = image.layers[layers.size()];
    layers.push_back({layer.diff_id.str(), layer.size, entry.created_by});
  }
  return layers;
}

BuiltImage describe(const ExportInput& input, const std::vector<ExportResult>& results,
                    std::vector<BuiltStep> steps) {
  const Image& image = input.images.front();
  BuiltImage built;
  built.image_id = image.id.str();
  built.config_json = image.config_json;
  for (const ExportResult& result : results) {
    if (!result.config.empty()) built.image_id = result.config.str();
    if (result.root) built.manifest_digest = result.root->digest.str();
  }
  if (input.needs_index() && !built.manifest_digest.empty()) built.image_id = built.manifest_digest;
  for (const oci::Reference& name : input.names) built.tags.push_back(name.familiar());
  for (const Image& each : input.images) {
    built.platforms.push_back(each.config.platform.str());
    for (const ImageLayer& layer : each.layers) built.size_bytes += layer.size;
  }
  built.layers = built_layers(image);
  built.metadata_json = metadata_json(results, steps_json(steps));
  built.steps = std::move(steps);
  return built;
}

}  // namespace mbuild::builder
