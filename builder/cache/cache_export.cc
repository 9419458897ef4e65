#include "builder/cache/cache_export.h"

#include <utility>

#include "builder/cache/signed_index.h"

namespace mbuild::builder {

namespace {

std::string mount_name(const std::string& identity) {
  return "mount " + identity;
}

}  // namespace

CacheExport::CacheExport(std::shared_ptr<CacheRemote> remote, unsigned threads)
    : remote_(std::move(remote)), pool_(std::make_unique<WorkerPool>(threads)) {}

void CacheExport::add(const CachedStep& step, const std::string& layer, MakeBlob make) {
  std::lock_guard lock(mutex_);
  steps_.insert_or_assign(step.key, std::pair(step, layer));
  send(layer, std::move(make));
}

void CacheExport::add_mount(const std::string& identity, MakeBlob make) {
  std::lock_guard lock(mutex_);
  mounts_.push_back(identity);
  send(mount_name(identity), std::move(make));
}

// The lock is held.
void CacheExport::send(const std::string& name, MakeBlob make) {
  if (!blobs_.try_emplace(name).second) return;
  pool_->submit([this, name, make = std::move(make)] {
    Result<Blob> blob = make();
    if (blob)
      if (auto put = remote_->put_blob(blob->descriptor, blob->open); !put)
        blob = std::unexpected(std::move(put).error());
    std::lock_guard held(mutex_);
    blobs_[name].outcome = std::move(blob);
  });
}

void CacheExport::start_over() {
  std::lock_guard lock(mutex_);
  steps_.clear();
}

// The layers that steps of the last start_over() have, and their steps; blobs that could not be sent are left
// out.
void CacheExport::list_steps(CacheIndex& index, std::vector<RemoteDocument::Layer>& layers) {
  std::map<std::string, std::size_t> positions;
  for (auto& [step_key, entry] : steps_) {
    auto& [step, name] = entry;
    const Result<Blob>& sent = *blobs_[name].outcome;
    if (!sent) continue;
    const auto [position, is_new] = positions.emplace(name, index.layers.size());
    if (is_new) {
      layers.push_back({sent->diff_id, sent->descriptor});
      index.layers.push_back({sent->diff_id, sent->descriptor});
    }
    step.layer = position->second;
    index.steps.push_back(step);
  }
}

void CacheExport::list_mounts(CacheIndex& index, std::vector<RemoteDocument::Layer>& layers) {
  for (const std::string& identity : mounts_) {
    const Result<Blob>& sent = *blobs_[mount_name(identity)].outcome;
    if (!sent) continue;
    layers.push_back({sent->diff_id, sent->descriptor});
    index.mounts.push_back({identity, sent->descriptor});
  }
}

Result<void> CacheExport::finish(const remote::PrivateKey* key) {
  pool_.reset();  // its end is that of the work
  CacheIndex index;
  std::vector<RemoteDocument::Layer> layers;
  list_steps(index, layers);
  list_mounts(index, layers);
  if (!index.steps.empty() || !index.mounts.empty())
    MBUILD_CHECK(remote_->write_document(MBUILD_TRY(wrap_index(index.encode(), key)), layers));
  for (const auto& [name, sent] : blobs_)
    if (!*sent.outcome) return std::unexpected(sent.outcome->error());
  return {};
}

}  // namespace mbuild::builder
