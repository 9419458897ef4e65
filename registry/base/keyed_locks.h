// KeyedLocks: a mutex for each key, for work that is to be done once however many want it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace mbuild {

// Thread-safe. Outlives every Hold that it gave. Costs nothing for keys that nobody holds.
class KeyedLocks {
 public:
  // Let go when destroyed.
  class Hold {
   public:
    Hold(Hold&& other) noexcept
        : locks_(std::exchange(other.locks_, nullptr)), key_(std::move(other.key_)) {}
    ~Hold() {
      if (locks_) locks_->release(key_);
    }

   private:
    friend class KeyedLocks;
    Hold(KeyedLocks* locks, std::string key) : locks_(locks), key_(std::move(key)) {}
    KeyedLocks* locks_;
    std::string key_;
  };

  // Waits while another thread holds the key; a thread must not ask for one it holds.
  [[nodiscard]] Hold lock(std::string key) {
    std::unique_lock lock(mutex_);
    released_.wait(lock, [&] { return !held_.contains(key); });
    held_.insert(key);
    return Hold(this, std::move(key));
  }

 private:
  void release(const std::string& key) {
    const std::lock_guard lock(mutex_);
    held_.erase(key);
    released_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable released_;
  std::set<std::string> held_;
};

}  // namespace mbuild
