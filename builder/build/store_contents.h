// StoreContents: everything in a store, with who needs it and when it was last used.
#pragma once

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

  const std::vector<StoredItem>& items() const { return items_; }
  // Removes one; the store must not be in use.
  Result<void> remove(const StoredItem& item) const;

 private:
  StoreContents(std::string root, LayerStore& layers) : root_(std::move(root)), layers_(&layers) {}
  Result<void> read_needs(const ImageStore& images);
  Result<void> read_actions();
  Result<void> read_layers();
  Result<void> read_blobs();
  Result<void> read_mounts();
  Result<void> read_contexts();
  void add_needed(StoredItem item);  // with whoever needs its id

  std::string root_;
  LayerStore* layers_;
  std::vector<StoredItem> items_;
  std::map<std::string, std::string> needed_;                // layer id or blob's hex -> by whom
  std::map<std::string, std::int64_t> layer_uses_;           // layer id -> last use of a record that gives it
  std::map<std::string, std::vector<std::string>> actions_;  // layer id -> paths of those records
  std::map<std::string, std::vector<std::string>> blobs_;    // layer id -> hex of its blobs
  std::set<std::string> layer_blobs_;
};

}  // namespace mbuild::builder
