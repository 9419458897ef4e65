#include "builder/exec/step_cache.h"

#include <chrono>

namespace mbuild::builder {

namespace {

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

TreeLayer tree_layer(LayerPtr layer, std::int64_t created) {
  oci::Digest fingerprint = layer->fingerprint;
  return {fingerprint, std::make_shared<LayerHandle>(std::move(layer)), created};
}

}  // namespace

Result<std::optional<TreeLayer>> StepCache::find(const oci::Digest& key) {
  std::optional<ActionResult> action = services_.actions.find(key);
  if (!action) return std::nullopt;
  Result<LayerPtr> layer = services_.layers.find(action->layer);
  if (!layer) {
    // Pruned, or lost: the record is worth nothing without its layer.
    if (layer.error().kind() == ErrorKind::not_found) return std::nullopt;
    return std::unexpected(std::move(layer).error());
  }
  if ((*layer)->fingerprint != action->fingerprint) return std::nullopt;
  return tree_layer(std::move(*layer), action->created);
}

TreeLayer StepCache::store(const std::vector<oci::Digest>& keys, const CommittedLayer& committed,
                           const Resources& resources) {
  ActionResult action;
  action.layer = committed.layer->id;
  action.fingerprint = committed.layer->fingerprint;
  action.created = now_seconds();
  action.resources = resources;
  for (const oci::Digest& key : keys) (void)services_.actions.store(key, action);
  return tree_layer(committed.layer, action.created);
}

void StepCache::link(const oci::Digest& key, const TreeLayer& layer) {
  Result<LayerPtr> found = layer.handle->get(services_.layers, nullptr);
  if (!found) return;
  ActionResult action;
  action.layer = (*found)->id;
  action.fingerprint = layer.fingerprint;
  action.created = layer.created;
  (void)services_.actions.store(key, action);
}

void StepCache::remember(const KeyInputs& inputs) {
  (void)services_.history.store(step_, {inputs.digest(), inputs.list()});
}

std::string StepCache::explain(const KeyInputs& inputs) const {
  std::optional<StepHistory::Entry> last = services_.history.last(step_);
  return last ? explain_difference(last->inputs, inputs.list()) : std::string();
}

}  // namespace mbuild::builder
