#include "builder/prune.h"

#include <fcntl.h>

#include <chrono>
#include <thread>

#include "builder/build/apply_quota.h"
#include "builder/build/make_room.h"
#include "builder/build/store_contents.h"
#include "builder/build/store_root.h"
#include "builder/cache/record.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr const char* kQuotaFile = "quota";
constexpr std::chrono::milliseconds kBetweenTries{50};

Result<StoreContents> read_contents(const std::string& root, std::unique_ptr<LayerStore>& layers) {
  layers = MBUILD_TRY_AS("open the store " + root, LayerStore::open(root));
  const ImageStore images = MBUILD_TRY_AS("open the store " + root, ImageStore::open(root));
  return StoreContents::read(root, *layers, images);
}

Result<std::vector<StoredItem>> prune_alone(const std::string& root, const PruneRequest& request) {
  std::unique_ptr<LayerStore> layers;
  StoreContents contents = MBUILD_TRY(read_contents(root, layers));
  return trim(contents, request);
}

}  // namespace

Result<std::vector<StoredItem>> store_usage(const std::string& store_root) {
  const std::string root = store_root_of(store_root);
  const StoreLease lease = MBUILD_TRY_AS("open the store " + root, StoreLease::take(root, nullptr));
  std::unique_ptr<LayerStore> layers;
  return MBUILD_TRY(read_contents(root, layers)).items();
}

Result<std::vector<StoredItem>> prune_store(const PruneRequest& request) {
  const std::string root = store_root_of(request.store_root);
  for (;;) {
    if (const auto lease = MBUILD_TRY_AS("prune the store " + root, StoreLease::try_take_alone(root)))
      return prune_alone(root, request);
    if (request.cancel.cancelled()) return fail(ErrorKind::cancelled, "prune the store " + root);
    std::this_thread::sleep_for(kBetweenTries);
  }
}

Result<void> set_store_quota(const std::string& store_root, std::uint64_t bytes) {
  const std::string root = store_root_of(store_root);
  const StoreLease lease = MBUILD_TRY(StoreLease::take(root, nullptr));
  const Fd folder = MBUILD_TRY(fs_at::open_trusted(root, O_RDONLY | O_DIRECTORY));
  Record record("quota");
  record.add("bytes", bytes);
  MBUILD_CHECK_AS("set the limit of the store " + root, write_record(folder.get(), kQuotaFile, record));
  return {};
}

Result<std::optional<std::uint64_t>> store_quota(const std::string& store_root) {
  const std::string root = store_root_of(store_root);
  auto folder = fs_at::open_trusted(root, O_RDONLY | O_DIRECTORY);
  if (!folder) return std::nullopt;
  const auto record = read_record(folder->get(), kQuotaFile, "quota", 4096);
  const auto bytes = record ? record->natural("bytes") : std::nullopt;
  return bytes && *bytes != 0 ? bytes : std::nullopt;
}

Result<void> apply_quota(const std::string& store_root) {
  const std::string root = store_root_of(store_root);
  const auto quota = MBUILD_TRY(store_quota(root));
  if (!quota) return {};
  if (const auto alone = MBUILD_TRY(StoreLease::try_take_alone(root))) {
    PruneRequest request;
    request.keep_bytes = quota;
    MBUILD_TRY(prune_alone(root, request));
    return {};
  }
  // The build that ends last takes the rest.
  const StoreLease lease = MBUILD_TRY(StoreLease::take(root, nullptr));
  const auto layers = MBUILD_TRY(LayerStore::open(root));
  MBUILD_TRY(make_room(*layers, *quota));
  return {};
}

}  // namespace mbuild::builder
