#include "builder/cache/store_lease.h"

#include <fcntl.h>

#include "builder/cache/store_folder.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {
constexpr const char* kFile = "in-use";

Result<Fd> open_root(const std::string& path) {
  MBUILD_TRY(open_store_folder(path, "actions"));  // which makes the root
  return fs_at::open_trusted(path, O_RDONLY | O_DIRECTORY);
}

}  // namespace

Result<StoreLease> StoreLease::take(const std::string& store_root, const std::atomic<bool>* cancel) {
  const Fd folder = MBUILD_TRY(open_root(store_root));
  return StoreLease(MBUILD_TRY(FileLock::take(folder.get(), kFile, LockKind::shared, cancel)));
}

Result<std::optional<StoreLease>> StoreLease::try_take_alone(const std::string& store_root) {
  const Fd folder = MBUILD_TRY(open_root(store_root));
  auto lock = MBUILD_TRY(FileLock::try_take(folder.get(), kFile, LockKind::exclusive));
  if (!lock) return std::nullopt;
  return StoreLease(std::move(*lock));
}

}  // namespace mbuild::builder
