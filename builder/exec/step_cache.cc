#include "builder/exec/step_cache.h"

#include "registry/base/timestamp.h"

namespace mbuild::builder {

namespace {

TreeLayer tree_layer(LayerPtr layer, std::int64_t created) {
  oci::Digest fingerprint = layer->fingerprint;
  return {fingerprint, std::make_shared<LayerHandle>(std::move(layer)), created};
}

// The files come first: what sums them up says less, and says nothing that they do not.
NamedInputs explained(const KeyInputs& inputs, const NamedInputs& files) {
  NamedInputs all = files;
  for (const auto& input : inputs.list())
    if (files.empty() || input.first != kContextFiles) all.push_back(input);
  return all;
}

}  // namespace

Tree StepCache::with_layer(TreeLayer layer) const {
  Tree tree = base_;
  tree.layers.push_back(std::move(layer));
  return tree;
}

Result<std::optional<TreeLayer>> StepCache::find(const oci::Digest& key) const {
  std::optional<ActionResult> action = step_.services.actions.find(key);
  if (!action) return std::nullopt;
  Result<LayerPtr> layer = step_.services.layers.find(action->layer);
  if (!layer) {
    if (layer.error().kind() != ErrorKind::not_found) return std::unexpected(std::move(layer).error());
    // Pruned, or lost: the record is worth nothing without its layer.
    (void)step_.services.actions.remove(key);
    return std::nullopt;
  }
  if ((*layer)->fingerprint != action->fingerprint) return std::nullopt;
  // The store has verified the layer, as it was not of this boot.
  if (action->needs_check) (void)step_.services.actions.confirm(key, *action);
  return tree_layer(std::move(*layer), action->created);
}

Result<std::optional<Tree>> StepCache::reuse(const oci::Digest& key) {
  if (step_.op.no_cache) return std::nullopt;
  std::optional<TreeLayer> layer = MBUILD_TRY(find(key));
  if (!layer) return std::nullopt;
  step_.outcome = StepOutcome::cached;
  return with_layer(std::move(*layer));
}

Result<std::optional<Tree>> StepCache::reuse(const KeyInputs& inputs, const NamedInputs& files) {
  if (step_.op.no_cache) return std::nullopt;
  if (std::optional<Tree> hit = MBUILD_TRY(reuse(inputs.digest()))) return hit;
  std::optional<StepHistory::Entry> last = step_.services.history.last(step_.identity);
  step_.reason = last ? explain_difference(last->inputs, explained(inputs, files)) : std::string();
  return std::nullopt;
}

Tree StepCache::keep(const KeyInputs& inputs, const CommittedLayer& committed, const NamedInputs& files,
                     const std::optional<oci::Digest>& other) {
  ActionResult action;
  action.layer = committed.layer->id;
  action.fingerprint = committed.layer->fingerprint;
  // A step that gave what an earlier one gave is dated as that one, like the files it stands for.
  action.created = committed.layer->created != 0 ? committed.layer->created : Timestamp::now().seconds;
  action.resources = step_.resources;
  oci::Digest key = inputs.digest();
  (void)step_.services.actions.store(key, action);
  if (other) (void)step_.services.actions.store(*other, action);
  (void)step_.services.history.store(step_.identity, {key, explained(inputs, files)});
  if (committed.cut_off) step_.outcome = StepOutcome::cut_off;
  return with_layer(tree_layer(committed.layer, action.created));
}

Tree StepCache::use(const CommittedLayer& committed) const {
  return with_layer(tree_layer(committed.layer, Timestamp::now().seconds));
}

void StepCache::link(const oci::Digest& key, const Tree& reused) {
  const TreeLayer& layer = reused.layers.back();
  Result<LayerPtr> found = layer.handle->get(step_.services.layers, nullptr);
  if (!found) return;
  ActionResult action;
  action.layer = (*found)->id;
  action.fingerprint = layer.fingerprint;
  action.created = layer.created;
  (void)step_.services.actions.store(key, action);
}

}  // namespace mbuild::builder
