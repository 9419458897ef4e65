#include "builder/build/draft.h"

#include <fmt/format.h>

#include "builder/build/assemble.h"
#include "builder/snapshot/squash.h"
#include "registry/base/timestamp.h"

namespace mbuild::builder {

namespace {

void squash_history(oci::ImageConfig& config, std::size_t base_layers, std::size_t squashed) {
  std::size_t layer = 0;
  for (oci::HistoryEntry& entry : config.history)
    if (!entry.empty_layer && layer++ >= base_layers) entry.empty_layer = true;
  oci::HistoryEntry merged;
  merged.created = config.created;
  merged.comment = fmt::format("merge of {} layers", squashed);
  config.history.push_back(std::move(merged));
}

Result<void> squash_draft(ImageDraft& draft, LayerStore& layers, Snapshotter& snapshots) {
  LayerChain base, above;
  for (const auto& [layer, from_base] : draft.layers) (from_base ? base : above).push_back(layer);
  if (above.size() < 2) return {};
  LayerPtr squashed = MBUILD_TRY(squash(layers, snapshots, base, above));
  squash_history(draft.config, base.size(), above.size());
  draft.layers.resize(base.size());
  draft.layers.push_back({std::move(squashed), false});
  return {};
}

}  // namespace

Result<ImageDraft> draft_image(const PlannedImage& plan, const Tree& tree, const BuildRequest& request,
                               const std::optional<std::int64_t>& epoch, LayerStore& layers,
                               Snapshotter& snapshots) {
  ImageDraft draft;
  std::vector<std::int64_t> created;
  LayerChain chain = MBUILD_TRY(materialise(tree, layers, nullptr));
  for (std::size_t i = 0; i < chain.size(); ++i) {
    draft.layers.push_back({chain[i], tree.layers[i].created == 0});
    created.push_back(tree.layers[i].created);
  }
  AssembleOptions options;
  options.labels = request.labels;
  options.source_date_epoch = epoch;
  options.now = Timestamp::now().seconds;
  draft.config = assemble(plan, created, options);
  if (request.squash) MBUILD_CHECK_AS("--squash", squash_draft(draft, layers, snapshots));
  return draft;
}

}  // namespace mbuild::builder
