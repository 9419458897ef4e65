#include "builder/build/make_room.h"

#include <algorithm>
#include <ctime>

#include "builder/snapshot/layer_folders.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t kLargestStep = 64 << 20;
constexpr std::uint64_t kStepsInLimit = 20;

bool may_go(const StoredItem& item, const PruneRequest& request, std::int64_t now) {
  if (!item.needed_by.empty()) return false;
  const auto& kinds = request.kinds;
  if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), item.kind) == kinds.end()) return false;
  return !request.unused_for || item.last_used <= now - *request.unused_for;
}

std::uint64_t bytes_of(const std::vector<StoredItem>& items) {
  std::uint64_t bytes = 0;
  for (const StoredItem& item : items) bytes += item.bytes;
  return bytes;
}

}  // namespace

Result<std::vector<StoredItem>> trim(StoreContents& contents, const PruneRequest& request) {
  std::uint64_t total = bytes_of(contents.items());
  std::vector<StoredItem> candidates;
  const std::int64_t now = std::time(nullptr);
  for (const StoredItem& item : contents.items())
    if (may_go(item, request, now)) candidates.push_back(item);
  // Of equal age the largest, which makes the most room.
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const StoredItem& a, const StoredItem& b) { return a.last_used < b.last_used; });
  std::vector<StoredItem> gone;
  for (StoredItem& item : candidates) {
    if (request.keep_bytes && total <= *request.keep_bytes) break;
    item.bytes = MBUILD_TRY(contents.remove(item, request.dry_run));
    total -= std::min(item.bytes, total);
    gone.push_back(std::move(item));
  }
  return gone;
}

// Looking takes long where there is much, and nobody is kept waiting for it. What is found to be too much is
// then looked at once more, without the parts that stay in any case, while nobody can pin any of it.
Result<std::uint64_t> make_room(LayerStore& layers, std::uint64_t keep_bytes) {
  const ImageStore images = MBUILD_TRY(ImageStore::open(layers.root()));
  std::uint64_t staying = 0;
  {
    const StoreContents all = MBUILD_TRY(StoreContents::read(layers.root(), layers, images));
    const std::uint64_t total = bytes_of(all.items());
    if (total <= keep_bytes) return total;
    for (const StoredItem& item : all.items())
      if (item.kind == StoredKind::mount || item.kind == StoredKind::context) staying += item.bytes;
  }
  LayerFolders& folders = layers.folders();
  const FileLock repair = MBUILD_TRY(folders.repair_lock());
  const PinnedLayers pinned = MBUILD_TRY(PinnedLayers::hold(folders.work()));
  StoreContents contents =
      MBUILD_TRY(StoreContents::read_in_use(layers.root(), layers, images, pinned.names()));
  PruneRequest request;
  request.kinds = {StoredKind::layer};
  request.keep_bytes = keep_bytes - std::min(staying, keep_bytes);
  const std::uint64_t before = staying + bytes_of(contents.items());
  const std::uint64_t gone = bytes_of(MBUILD_TRY(trim(contents, request)));
  return before - std::min(gone, before);
}

RoomKeeper::RoomKeeper(LayerStore& layers, std::uint64_t limit)
    : layers_(layers), limit_(limit), step_(std::min(limit / kStepsInLimit, kLargestStep)), next_(step_) {}

// Others may be filling what is left, too.
std::uint64_t RoomKeeper::until_next(std::uint64_t left) const {
  const std::uint64_t room = limit_ - std::min(left, limit_);
  return std::max(step_, room / 2);
}

void RoomKeeper::wrote(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  written_ += bytes;
  if (written_ < next_) return;
  written_ = 0;
  // What is written before the next look is to fit below the limit.
  const auto left = make_room(layers_, limit_ - step_);
  next_ = left ? until_next(*left) : step_;
}

}  // namespace mbuild::builder
