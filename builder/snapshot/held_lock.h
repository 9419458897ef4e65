// HeldLock: a flock(2) on a lock file, between threads and processes alike.
#pragma once

#include <string>
#include <utility>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Move-only; given up when it goes, even while a child process still has a copy of the descriptor.
class HeldLock {
 public:
  enum class Kind { shared, alone };
  // Opens `name` in `dir`, making it, and waits. `path` is for messages.
  static Result<HeldLock> take(int dir, const char* name, Kind kind, const std::string& path);

  HeldLock(HeldLock&&) noexcept = default;
  HeldLock& operator=(HeldLock&& other) = delete;
  ~HeldLock();

 private:
  explicit HeldLock(Fd file) : file_(std::move(file)) {}
  Fd file_;
};

}  // namespace mbuild::builder
