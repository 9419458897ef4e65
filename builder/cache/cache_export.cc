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
    : remote_(std::move(remote)), threads_(threads), pool_(std::make_unique<WorkerPool>(threads)) {}

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

Result<void> CacheExport::finish(const remote::PrivateKey* key) {
  pool_.reset();  // its end is that of the work
  CacheIndex index;
  std::vector<RemoteDocument::Layer> layers;
  std::map<std::string, std::size_t> positions;
  Result<void> outcome;
  for (const auto& [name, sent] : blobs_) {
    if (!*sent.outcome) {
      if (outcome) outcome = std::unexpected(sent.outcome->error());
      continue;
    }
    const Blob& blob = **sent.outcome;
    const bool used =
        name.starts_with("mount ") ||
        std::any_of(steps_.begin(), steps_.end(), [&](const auto& one) { return one.second.second == name; });
    if (!used) continue;
    layers.push_back({blob.diff_id, blob.descriptor});
    if (name.starts_with("mount ")) continue;
    positions.emplace(name, index.layers.size());
    index.layers.push_back({blob.diff_id, blob.descriptor});
  }
  for (auto& [step_key, entry] : steps_) {
    const auto position = positions.find(entry.second);
    if (position == positions.end()) continue;
    entry.first.layer = position->second;
    index.steps.push_back(entry.first);
  }
  for (const std::string& identity : mounts_)
    if (const auto& sent = *blobs_[mount_name(identity)].outcome)
      index.mounts.push_back({identity, sent->descriptor});
  if (!index.steps.empty() || !index.mounts.empty())
    MBUILD_CHECK(remote_->write_document(MBUILD_TRY(wrap_index(index.encode(), key)), layers));
  return outcome;
}

}  // namespace mbuild::builder
