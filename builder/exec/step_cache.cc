#include "builder/exec/step_cache.h"

#include <fmt/format.h>

#include <algorithm>

#include "builder/snapshot/commit.h"
#include "parser/lint/secret_names.h"
#include "registry/base/timestamp.h"

namespace mbuild::builder {

namespace {

TreeLayer tree_layer(LayerPtr layer, std::int64_t created) {
  oci::Digest fingerprint = layer->fingerprint;
  return {fingerprint, std::make_shared<LayerHandle>(std::move(layer)), created};
}

constexpr std::string_view kVariable = "variable ";
constexpr std::string_view kMount = "--mount ";

// A shell's words say nothing; what it is given does.
std::string command_of(const RunOp& op) {
  if (op.argv.size() == 3 && op.argv[1] == "-c") return op.argv[2];
  return fmt::format("{}", fmt::join(op.argv, " "));
}

// As a person would say it, and without what nobody is to read in a log or a store.
std::pair<std::string, std::string> told(const Op& op, const std::string& name, const std::string& value) {
  if (name == kFilesBelow) return {"the result of the steps before", value};
  const auto* run = std::get_if<RunOp>(&op.body);
  if (run && name == "command") return {name, command_of(*run)};
  const bool variable = name.starts_with(kVariable);
  if (variable && parser::sounds_secret(name.substr(kVariable.size())))
    return {name, oci::Digest::of(value).hex()};
  return {name, value};
}

// Whether it sums up what the list has one by one.
bool is_listed(std::string_view name, const NamedInputs& files) {
  if (name == kContextFiles) return !files.empty();
  if (!name.starts_with(kMount) || !name.ends_with(kMountContent)) return false;
  name = name.substr(kMount.size(), name.size() - kMount.size() - kMountContent.size());
  const std::string ending = mounted_at(name);
  return std::any_of(files.begin(), files.end(),
                     [&](const auto& file) { return file.first.ends_with(ending); });
}

// From the outside in: a base image that moved, the files, what the line says, and what came before it. What
// sums up the files says less than they do, and nothing that they do not.
NamedInputs explained(const Op& op, const Tree& base, const KeyInputs& inputs, const NamedInputs& files) {
  NamedInputs all;
  std::optional<std::pair<std::string, std::string>> below;
  if (base.origin) all.emplace_back("image " + base.origin->name, base.origin->digest.hex());
  all.insert(all.end(), files.begin(), files.end());
  for (const auto& [name, value] : inputs.list()) {
    if (name == kFilesBelow)
      below = told(op, name, value);
    else if (!is_listed(name, files))
      all.push_back(told(op, name, value));
  }
  if (below) all.push_back(std::move(*below));
  return all;
}

}  // namespace

std::string mounted_at(std::string_view target) {
  return fmt::format(" (mounted at {})", target);
}

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

// What a cache elsewhere has is used as if it were here: its files come when they are wanted.
Result<std::optional<TreeLayer>> StepCache::find_elsewhere(const oci::Digest& key) const {
  BuildServices& services = step_.services;
  if (!services.cache_import) return std::nullopt;
  const std::optional<CacheImport::Hit> hit = services.cache_import->find(key);
  if (!hit) return std::nullopt;
  ForeignSource foreign;
  foreign.blob = {hit->diff_id, hit->blob, "", hit->open};
  // Where it goes is decided here: nothing that a cache says names a file.
  foreign.layer.id = committed_layer_id(definition_of(step_.op).digest(), hit->step.fingerprint);
  foreign.layer.fingerprint = hit->step.fingerprint;
  foreign.layer.created = hit->step.created;
  foreign.layer.touched_from = hit->step.touched_from;
  foreign.layer.touched_to = hit->step.touched_to;
  foreign.arrived = [&actions = services.actions, keys = hit->keys, step = hit->step](const Layer& layer) {
    for (const oci::Digest& one : keys)
      (void)actions.store(one, {layer.id, step.fingerprint, step.created, {}});
  };
  foreign.not_to_be_had = [import = services.cache_import, blob = hit->blob.digest](const Error& error) {
    import->reject(blob, error);
  };
  return TreeLayer{
      hit->step.fingerprint,
      std::make_shared<LayerHandle>(std::move(foreign), &services.cancelled, services.unpacked_limit),
      hit->step.created};
}

void StepCache::tell(const oci::Digest& key, const TreeLayer& layer) const {
  if (step_.services.on_result) step_.services.on_result(step_.op.id, key, layer);
}

Result<std::optional<Tree>> StepCache::reuse(const oci::Digest& key) {
  if (step_.op.no_cache) return std::nullopt;
  std::optional<TreeLayer> layer = MBUILD_TRY(find(key));
  if (!layer) layer = MBUILD_TRY(find_elsewhere(key));
  if (!layer) return std::nullopt;
  tell(key, *layer);
  step_.outcome = StepOutcome::cached;
  return with_layer(std::move(*layer));
}

Result<std::optional<Tree>> StepCache::reuse(const KeyInputs& inputs, const NamedInputs& files) {
  if (step_.op.no_cache) {
    step_.reason = "the cache is not to be used";
    return std::nullopt;
  }
  const oci::Digest key = inputs.digest();
  if (std::optional<Tree> hit = MBUILD_TRY(reuse(key))) return hit;
  step_.reason = reason_for_miss(key, explained(step_.op, base_, inputs, files));
  return std::nullopt;
}

std::string StepCache::reason_for_miss(const oci::Digest& key, const NamedInputs& inputs) {
  const std::optional<StepHistory::Entry> last = step_.services.history.last(step_.identity);
  if (!last) return {};
  last_key_ = last->key;
  std::string difference = explain_difference(last->inputs, inputs);
  if (!difference.empty()) return difference;
  return last->key == key ? "its earlier result is no longer there" : "its inputs are in another order";
}

std::string StepCache::earlier_layer() const {
  const std::optional<ActionResult> last = last_key_ ? step_.services.actions.peek(*last_key_) : std::nullopt;
  return last ? last->layer : std::string();
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
  (void)step_.services.history.store(step_.identity, {key, explained(step_.op, base_, inputs, files)});
  if (committed.cut_off) step_.outcome = StepOutcome::cut_off;
  TreeLayer layer = tree_layer(committed.layer, action.created);
  tell(key, layer);
  if (other) tell(*other, layer);
  return with_layer(std::move(layer));
}

Tree StepCache::use(const CommittedLayer& committed) const {
  return with_layer(tree_layer(committed.layer, Timestamp::now().seconds));
}

void StepCache::link(const oci::Digest& key, const Tree& reused) {
  const TreeLayer& layer = reused.layers.back();
  tell(key, layer);
  if (layer.handle->foreign()) return;  // not here yet, and perhaps never
  Result<LayerPtr> found = layer.handle->get(step_.services.layers, nullptr);
  if (!found) return;
  ActionResult action;
  action.layer = (*found)->id;
  action.fingerprint = layer.fingerprint;
  action.created = layer.created;
  (void)step_.services.actions.store(key, action);
}

}  // namespace mbuild::builder
