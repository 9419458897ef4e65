// StoreFindings: what a look through the store has found so far, and what is done about it.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "builder/store.h"

namespace mbuild::builder {

// Used by one thread.
class StoreFindings {
 public:
  using Removal = std::function<Result<void>()>;

  explicit StoreFindings(bool repair) : repair_(repair) {}

  // Notes that what lies at `path`, beneath the store's root, is wrong; a repair calls `remove`.
  void add(std::string path, std::string meaning, const Removal& remove);
  // The same for an entry of a folder, which is removed with all below it.
  void add_entry(int folder, const std::string& folder_path, const std::string& name, std::string meaning);

  StoreReport report;
  std::set<std::string> broken_layers;  // their ids: what names them is broken as well

 private:
  bool repair_;
};

}  // namespace mbuild::builder
