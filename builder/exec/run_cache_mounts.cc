// The cache mounts of a RUN.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "builder/exec/copy_engine.h"
#include "builder/exec/mount_archive.h"
#include "builder/exec/run_mounts.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

std::string text_of(const MountCacheKey& key) {
  return fmt::format("{}\n{:o} {}:{} {}", key.id, key.mode, key.uid, key.gid, key.from);
}

MountSharing sharing_of(RunMount::Sharing sharing) {
  switch (sharing) {
    case RunMount::Sharing::shared:
      return MountSharing::shared;
    case RunMount::Sharing::exclusive:
      return MountSharing::private_;
    case RunMount::Sharing::locked:
      return MountSharing::locked;
  }
  return MountSharing::shared;
}

}  // namespace

MountCacheKey RunMounts::cache_key(const RunMount& mount) const {
  MountCacheKey key{mount.id, mount.mode, mount.uid, mount.gid, ""};
  if (mount.from) key.from = files_.at(&mount).identity + " " + mount.source;
  return key;
}

// In the same order in every step, so that two steps that want the same two caches do not wait for each
// other; once each, so that a step does not wait for itself.
Result<void> RunMounts::lease_caches() {
  std::map<std::string, const RunMount*> wanted;
  for (const RunMount& mount : op_.mounts) {
    if (mount.type != RunMount::Type::cache) continue;
    const RunMount*& strictest = wanted[text_of(cache_key(mount))];
    if (!strictest || strictest->sharing < mount.sharing) strictest = &mount;
  }
  for (const auto& [name, mount] : wanted)
    leases_.emplace(name, MBUILD_TRY_AS("RUN --mount " + mount->target, lease(*mount)));
  return {};
}

Result<MountLease> RunMounts::lease(const RunMount& mount) {
  MountRequest request;
  request.key = cache_key(mount);
  request.owner = mount.uid;
  request.group = mount.gid;
  request.sharing = sharing_of(mount.sharing);
  request.cancel = &step_.services.cancelled;
  if (mount.from) request.fill = [this, &mount](int directory) { return fill_cache(mount, directory); };
  if (step_.services.cache_import)
    if (const auto kept = step_.services.cache_import->find_mount(identity_of(request.key)))
      request.fill = [this, kept = *kept, otherwise = request.fill](int directory) {
        return restore_cache(kept, directory, otherwise);
      };
  return step_.services.cache_mounts.acquire(request);
}

// The initial content: what `source` holds in `from` (BuildKit's base of a cache mount).
Result<void> RunMounts::fill_cache(const RunMount& mount, int directory) {
  Files& files = files_.at(&mount);
  const OpValue& source = step_.values[*mount.from];
  if (!source.files) {
    files.view = MBUILD_TRY(step_.services.snapshots.view(MBUILD_TRY(step_.materialise(source.tree))));
    files.tree.root = files.view->root();
    files.tree.ownership = Ownership::keep;
    files.tree.immutable = true;
    files.selection = MBUILD_TRY(select_path(files.tree, mount.source));
  }
  if (!files.selection.sources.front().file.is_directory())
    return fail(ErrorKind::invalid_input, mount.source + " is not a directory");
  CopyOptions options;
  options.accept_changes = true;
  MBUILD_CHECK(copy_files(files.tree, files.selection, directory, "/", options));
  return {};
}

// A cache is only a cache: what cannot be had is done without.
Result<void> RunMounts::restore_cache(const CacheImport::MountHit& kept, int directory,
                                      const std::function<Result<void>(int)>& otherwise) {
  auto blob = kept.open();
  const Result<void> restored =
      blob ? unpack_mount(std::move(*blob), kept.blob, directory, step_.services.unpacked_limit)
           : Result<void>(std::unexpected(std::move(blob).error()));
  if (restored) return {};
  step_.services.cache_import->reject(kept.blob.digest, restored.error());
  for (const std::string& name : MBUILD_TRY(fs_at::list(directory)))
    MBUILD_CHECK(fs_at::remove_tree(directory, name));
  return otherwise ? otherwise(directory) : Result<void>();
}

Result<void> RunMounts::open_cache(const RunMount& mount) {
  const MountLease& lease = leases_.at(text_of(cache_key(mount)));
  return bind_beneath(lease.root(), mount.from ? "" : mount.source, mount);
}

}  // namespace mbuild::builder
