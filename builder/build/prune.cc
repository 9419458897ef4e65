#include "builder/prune.h"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>

#include "builder/build/apply_quota.h"
#include "builder/build/store_contents.h"
#include "builder/cache/record.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr const char* kQuotaFile = "quota";
constexpr std::chrono::milliseconds kBetweenTries{50};

std::string root_of(const std::string& store_root) {
  return store_root.empty() ? default_store_root() : store_root;
}

Result<StoreContents> read_contents(const std::string& root, std::unique_ptr<LayerStore>& layers) {
  layers = MBUILD_TRY_AS("open the store " + root, LayerStore::open(root));
  const ImageStore images = MBUILD_TRY_AS("open the store " + root, ImageStore::open(root));
  return StoreContents::read(root, *layers, images);
}

bool may_go(const StoredItem& item, const PruneRequest& request, std::int64_t now) {
  if (!item.needed_by.empty()) return false;
  const auto& kinds = request.kinds;
  if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), item.kind) == kinds.end()) return false;
  return !request.unused_for || item.last_used <= now - *request.unused_for;
}

Result<std::vector<StoredItem>> prune_alone(const std::string& root, const PruneRequest& request) {
  std::unique_ptr<LayerStore> layers;
  const StoreContents contents = MBUILD_TRY(read_contents(root, layers));
  std::uint64_t total = 0;
  std::vector<StoredItem> candidates;
  const std::int64_t now = std::time(nullptr);
  for (const StoredItem& item : contents.items()) {
    total += item.bytes;
    if (may_go(item, request, now)) candidates.push_back(item);
  }
  // Of equal age the largest, which makes the most room.
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const StoredItem& a, const StoredItem& b) { return a.last_used < b.last_used; });
  std::vector<StoredItem> gone;
  for (StoredItem& item : candidates) {
    if (request.keep_bytes && total <= *request.keep_bytes) break;
    if (!request.dry_run) MBUILD_CHECK(contents.remove(item));
    total -= item.bytes;
    gone.push_back(std::move(item));
  }
  return gone;
}

}  // namespace

Result<std::vector<StoredItem>> store_usage(const std::string& store_root) {
  const std::string root = root_of(store_root);
  const StoreLease lease = MBUILD_TRY_AS("open the store " + root, StoreLease::take(root, nullptr));
  std::unique_ptr<LayerStore> layers;
  return MBUILD_TRY(read_contents(root, layers)).items();
}

Result<std::vector<StoredItem>> prune_store(const PruneRequest& request) {
  const std::string root = root_of(request.store_root);
  for (;;) {
    if (const auto lease = MBUILD_TRY_AS("prune the store " + root, StoreLease::try_take_alone(root)))
      return prune_alone(root, request);
    if (request.cancel.cancelled()) return fail(ErrorKind::cancelled, "prune the store " + root);
    std::this_thread::sleep_for(kBetweenTries);
  }
}

Result<void> set_store_quota(const std::string& store_root, std::uint64_t bytes) {
  const std::string root = root_of(store_root);
  const StoreLease lease = MBUILD_TRY(StoreLease::take(root, nullptr));
  const Fd folder = MBUILD_TRY(fs_at::open_trusted(root, O_RDONLY | O_DIRECTORY));
  Record record("quota");
  record.add("bytes", bytes);
  MBUILD_CHECK_AS("set the limit of the store " + root, write_record(folder.get(), kQuotaFile, record));
  return {};
}

Result<std::optional<std::uint64_t>> store_quota(const std::string& store_root) {
  const std::string root = root_of(store_root);
  auto folder = fs_at::open_trusted(root, O_RDONLY | O_DIRECTORY);
  if (!folder) return std::nullopt;
  const auto record = read_record(folder->get(), kQuotaFile, "quota", 4096);
  const auto bytes = record ? record->natural("bytes") : std::nullopt;
  return bytes && *bytes != 0 ? bytes : std::nullopt;
}

Result<void> apply_quota(const std::string& store_root) {
  const std::string root = root_of(store_root);
  const auto quota = MBUILD_TRY(store_quota(root));
  if (!quota) return {};
  const auto lease = MBUILD_TRY(StoreLease::try_take_alone(root));
  if (!lease) return {};  // the build that ends last does it
  PruneRequest request;
  request.keep_bytes = quota;
  MBUILD_TRY(prune_alone(root, request));
  return {};
}

}  // namespace mbuild::builder
