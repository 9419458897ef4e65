#include "builder/cache/store_lease.h"

#include "builder/cache/store_folder.h"

namespace mbuild::builder {

namespace {
constexpr const char* kFile = "in-use";
}

Result<StoreLease> StoreLease::take(const std::string& store_root, const std::atomic<bool>* cancel) {
  const Fd folder = MBUILD_TRY(open_store_folder(store_root, "actions"));
  return StoreLease(MBUILD_TRY(FileLock::take(folder.get(), kFile, LockKind::shared, cancel)));
}

Result<std::optional<StoreLease>> StoreLease::try_take_alone(const std::string& store_root) {
  const Fd folder = MBUILD_TRY(open_store_folder(store_root, "actions"));
  auto lock = MBUILD_TRY(FileLock::try_take(folder.get(), kFile, LockKind::exclusive));
  if (!lock) return std::nullopt;
  return StoreLease(std::move(*lock));
}

}  // namespace mbuild::builder
