// LayerLedger: which layers and blobs the processes that work with a store use, so that who makes room in it
// takes nothing away from them.
#pragma once

#include <sys/types.h>

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <unordered_set>

#include "builder/snapshot/work_area.h"
#include "registry/base/file_lock.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// This process's part: lines in the file that it holds locked for as long as it lives (WorkArea).
// Thread-safe.
class LayerLedger {
 public:
  explicit LayerLedger(const WorkArea& area) : area_(area) {}  // which outlives it

  // From now on what has this name - a layer's id, or the hex digits of a blob's digest - stays until the
  // process ends, or is not there now. So it is pinned first and looked for then. Costs nothing the second
  // time.
  Result<void> pin(const std::string& name);
  // Pins what `make` makes, which gives its name: nothing is taken away between the two. It is to be quick.
  Result<void> pin_made(const std::function<Result<std::string>()>& make);

 private:
  Result<void> write(const std::string& name);

  const WorkArea& area_;
  std::mutex mutex_;
  std::unordered_set<std::string> pinned_;
  off_t size_ = 0;
};

// What living processes have pinned. While this is held none of them pins, and none starts: what is not in it
// may be taken away. It is to be held for a short time.
class PinnedLayers {
 public:
  static Result<PinnedLayers> hold(const WorkArea& area);
  const std::set<std::string>& names() const { return names_; }

 private:
  PinnedLayers(FileLock gate, std::set<std::string> names)
      : gate_(std::move(gate)), names_(std::move(names)) {}
  FileLock gate_;
  std::set<std::string> names_;
};

}  // namespace mbuild::builder
