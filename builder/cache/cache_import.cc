#include "builder/cache/cache_import.h"

#include "builder/cache/signed_index.h"

namespace mbuild::builder {

namespace {

// The layers of an inline cache are those of its image.
void fill_in(CacheIndex& index, const std::vector<RemoteDocument::Layer>& layers) {
  for (CachedLayer& layer : index.layers) {
    if (layer.blob) continue;
    for (const auto& [diff_id, blob] : layers)
      if (diff_id == layer.diff_id) layer.blob = blob;
  }
}

}  // namespace

CacheImport::CacheImport(std::vector<std::shared_ptr<CacheRemote>> remotes,
                         std::vector<remote::PublicKey> keys, Warn warn)
    : remotes_(std::move(remotes)),
      keys_(std::move(keys)),
      warn_(std::move(warn)),
      loader_([this] { load(); }) {}

CacheImport::~CacheImport() {
  std::call_once(joined_, [this] { loader_.join(); });
}

Result<std::optional<CacheImport::Source>> CacheImport::load_one(
    const std::shared_ptr<CacheRemote>& remote) const {
  auto document = MBUILD_TRY(remote->read_document());
  if (!document) return std::nullopt;
  Source source;
  source.remote = remote;
  source.index = MBUILD_TRY(CacheIndex::decode(MBUILD_TRY(unwrap_index(document->text, keys_))));
  fill_in(source.index, document->image_layers);
  source.keys.resize(source.index.layers.size());
  for (std::size_t i = 0; i < source.index.steps.size(); ++i) {
    const CachedStep& step = source.index.steps[i];
    source.steps.emplace(step.key, i);
    source.keys[step.layer].push_back(step.key);
  }
  return source;
}

void CacheImport::load() {
  std::vector<Result<std::optional<Source>>> loaded(remotes_.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < remotes_.size(); ++i)
      threads.emplace_back([&, i] { loaded[i] = load_one(remotes_[i]); });
  }
  for (std::size_t i = 0; i < remotes_.size(); ++i) {
    if (!loaded[i])
      warn_("the cache " + remotes_[i]->name() + " is not used: " + loaded[i].error().message());
    else if (*loaded[i])
      sources_.push_back(std::move(**loaded[i]));
  }
}

const std::vector<CacheImport::Source>& CacheImport::sources() {
  std::call_once(joined_, [this] { loader_.join(); });
  return sources_;
}

std::optional<CacheImport::Hit> CacheImport::find(const oci::Digest& key) {
  for (const Source& source : sources()) {
    const auto found = source.steps.find(key);
    if (found == source.steps.end()) continue;
    const CachedStep& step = source.index.steps[found->second];
    const CachedLayer& layer = source.index.layers[step.layer];
    if (!layer.blob || is_rejected(layer.blob->digest)) continue;
    return Hit{step, source.keys[step.layer], layer.diff_id, *layer.blob,
               [remote = source.remote, blob = *layer.blob] { return remote->open_blob(blob); }};
  }
  return std::nullopt;
}

std::optional<CacheImport::MountHit> CacheImport::find_mount(const std::string& identity) {
  for (const Source& source : sources())
    for (const CachedMount& mount : source.index.mounts)
      if (mount.identity == identity && !is_rejected(mount.blob.digest))
        return MountHit{mount.blob,
                        [remote = source.remote, blob = mount.blob] { return remote->open_blob(blob); }};
  return std::nullopt;
}

void CacheImport::reject(const oci::Digest& blob, const Error& why) {
  {
    std::lock_guard lock(mutex_);
    if (!rejected_.insert(blob).second) return;
  }
  warn_("a cached result is not used: " + why.message());
}

std::size_t CacheImport::rejected() const {
  std::lock_guard lock(mutex_);
  return rejected_.size();
}

bool CacheImport::is_rejected(const oci::Digest& blob) const {
  std::lock_guard lock(mutex_);
  return rejected_.contains(blob);
}

}  // namespace mbuild::builder
