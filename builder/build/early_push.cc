#include "builder/build/early_push.h"

#include <algorithm>

#include "builder/export/pack.h"
#include "builder/export/rewrite_times.h"

namespace mbuild::builder {

namespace {

std::vector<oci::Reference> one_a_repository(const std::vector<oci::Reference>& names) {
  std::vector<oci::Reference> repositories;
  for (const oci::Reference& name : names) {
    const bool known = std::any_of(repositories.begin(), repositories.end(),
                                   [&](const oci::Reference& other) { return other.name() == name.name(); });
    if (!known) repositories.push_back(name);
  }
  return repositories;
}

}  // namespace

EarlyPush::EarlyPush(const std::vector<ExportAttributes>& outputs, const std::vector<oci::Reference>& tags,
                     std::optional<std::int64_t> epoch, const ExportServices& services,
                     unsigned uploads_at_once)
    : services_(services), uploads_at_once_(uploads_at_once) {
  for (const ExportAttributes& output : outputs) {
    if (!output.push) continue;
    Target target;
    target.compression = output.compression;
    target.compression.threads = services.threads;
    target.compression.cancel = stop_.get();
    target.force_compression = output.force_compression;
    if (output.rewrite_timestamp) target.clamp_mtime = effective_epoch(epoch, output);
    target.repositories = one_a_repository(output.names.empty() ? tags : output.names);
    targets_.push_back(std::move(target));
  }
}

EarlyPush::~EarlyPush() {
  resting_ = true;
  *stop_ = true;
}

void EarlyPush::begin(const Plan& plan) {
  if (!targets_.empty()) wanted_ = ops_of_images(plan);
}

void EarlyPush::finish() {
  resting_ = true;
}

void EarlyPush::on_result(OpId op, const TreeLayer& layer) {
  // What another cache has may never be fetched, and has a blob of its own choice.
  if (resting_ || !wanted_.contains(op) || layer.handle->foreign()) return;
  const Result<LayerPtr> known = layer.handle->get(*services_.layers, nullptr);
  if (!known) return;
  const std::lock_guard lock(mutex_);
  if (!taken_.insert((*known)->id).second) return;
  if (!pool_) pool_.emplace(uploads_at_once_);
  pool_->submit([this, layer = *known] {
    for (const Target& target : targets_)
      if (!resting_ && !send(target, *layer)) resting_ = true;
  });
}

Result<void> EarlyPush::send(const Target& target, const Layer& layer) const {
  const LayerBlob blob = MBUILD_TRY(
      services_.layers->ensure_blob(layer, target.compression, target.force_compression, target.clamp_mtime));
  remote::RegistryClient::BlobProvider provider;
  provider.open = [&](const oci::Descriptor&) { return open_layer_blob(blob, services_); };
  provider.cancel = stop_;
  for (const oci::Reference& name : target.repositories)
    MBUILD_CHECK(services_.registry->push_blob(name, describe_blob(blob), provider));
  return {};
}

}  // namespace mbuild::builder
