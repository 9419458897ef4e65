// Makes room in a store that others work with.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "builder/build/store_contents.h"
#include "builder/prune.h"

namespace mbuild::builder {

// Takes out what `request` allows and nobody needs, what was used longest ago first, and gives what went with
// the bytes that it took along.
Result<std::vector<StoredItem>> trim(StoreContents& contents, const PruneRequest& request);

// Takes out layers until no more than `keep_bytes` are left of the store, or only such as a living process
// has pinned or an image or kept step needs. Gives what is left. Other things stay: who uses them is not
// known.
Result<std::uint64_t> make_room(LayerStore& layers, std::uint64_t keep_bytes);

// Keeps a store below its limit while this process writes to it. Thread-safe.
class RoomKeeper {
 public:
  RoomKeeper(LayerStore& layers, std::uint64_t limit);

  // Called for what came into the store, where no lock of it is held. What cannot be done now is tried again
  // when as much has been written as the store may be above its limit.
  void wrote(std::uint64_t bytes);

 private:
  std::uint64_t until_next(std::uint64_t left) const;

  LayerStore& layers_;
  std::uint64_t limit_;
  std::uint64_t step_;
  std::mutex mutex_;
  std::uint64_t written_ = 0;  // since the store was looked at
  std::uint64_t next_;         // when that much was written
};

}  // namespace mbuild::builder
