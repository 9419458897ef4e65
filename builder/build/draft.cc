#include "builder/build/draft.h"

#include "builder/build/assemble.h"
#include "registry/base/timestamp.h"

namespace mbuild::builder {

Result<ImageDraft> draft_image(const PlannedImage& plan, const Tree& tree, const BuildRequest& request,
                               const std::optional<std::int64_t>& epoch, LayerStore& layers) {
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
  return draft;
}

}  // namespace mbuild::builder
