// StoreContents: everything in a store, with who needs it and when it was last used.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "builder/build/session.h"
#include "builder/prune.h"

namespace mbuild::builder {

class StoreContents {
 public:
  // Reads the store as it is; what comes and goes meanwhile may be in it or not.
  static Result<StoreContents> read(const std::string& store_root, LayerStore& layers,
                                    const ImageStore& images);
  // Only layers and blobs of a store that others work with: what they have pinned is needed.
  static Result<StoreContents> read_in_use(const std::string& store_root, LayerStore& layers,
                                           const ImageStore& images, const std::set<std::string>& pinned);

  const std::vector<StoredItem>& items() const { return items_; }
  // Removes one that nobody uses, or only tells, and gives the bytes that went. A layer's blobs go with the
  // last layer that has them.
  Result<std::uint64_t> remove(const StoredItem& item, bool dry_run = false);

 private:
  StoreContents(std::string root, LayerStore& layers) : root_(std::move(root)), layers_(&layers) {}
  Result<void> read_needs(const ImageStore& images);
  Result<void> read_actions();
  Result<void> read_layers();
  Result<void> read_blobs();
  Result<void> read_mounts();
  Result<void> read_contexts();
  void add_needed(StoredItem item);  // with whoever needs its id
  void sort();
  Result<std::uint64_t> remove_layer(int root, const std::string& id, bool dry_run);

  struct Blob {
    std::string hex;
    std::uint64_t bytes;
  };
  struct LayerParts {
    std::uint64_t bytes = 0;  // of its files
    std::vector<Blob> blobs;
    bool has(const std::string& hex) const {
      return std::any_of(blobs.begin(), blobs.end(), [&](const Blob& blob) { return blob.hex == hex; });
    }
  };

  std::string root_;
  LayerStore* layers_;
  std::vector<StoredItem> items_;
  std::map<std::string, std::string> needed_;                // layer id or blob's hex -> by whom
  std::map<std::string, std::int64_t> layer_uses_;           // layer id -> last use of a record that gives it
  std::map<std::string, std::vector<std::string>> actions_;  // layer id -> paths of those records
  std::map<std::string, LayerParts> layer_parts_;            // by layer id
  std::map<std::string, std::size_t> layer_blobs_;           // hex -> how many layers have it
};

}  // namespace mbuild::builder
