// CopyChanges: the files that were not any more what they were said to be.
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

namespace mbuild::builder {

// Thread-safe.
class CopyChanges {
 public:
  explicit CopyChanges(bool accept) : accept_(accept) {}

  void add(std::string path) {
    const std::lock_guard lock(mutex_);
    paths_.push_back(std::move(path));
    any_.store(true, std::memory_order_relaxed);
  }
  bool accepted() const { return accept_; }
  // Whether there is no point in going on.
  bool fatal() const { return !accept_ && any_.load(std::memory_order_relaxed); }

  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    std::sort(paths_.begin(), paths_.end());
    return std::move(paths_);
  }

 private:
  const bool accept_;
  std::atomic<bool> any_{false};
  std::mutex mutex_;
  std::vector<std::string> paths_;
};

}  // namespace mbuild::builder
