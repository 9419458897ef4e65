// FileLock: an advisory lock on a file (flock(2)) between threads and processes: it ends with its owner, so a
// process that dies holds none.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild {

enum class LockKind { shared, exclusive };

// Move-only; gives the lock up when destroyed, even while a child process still has a copy of the descriptor.
class FileLock {
 public:
  // Opens `name` (relative, no symlinks) in `dir`, making it, and locks it; nullopt when another holds it.
  // What is locked is always what the name means: a lock file that was removed meanwhile is made anew.
  static Result<std::optional<FileLock>> try_take(int dir, const std::string& name, LockKind kind);
  // The same, waiting. `cancelled` within 100 ms of `cancel` being set.
  static Result<FileLock> take(int dir, const std::string& name, LockKind kind,
                               const std::atomic<bool>* cancel);
  // The same for locks that are held for moments: nothing ends the wait but the lock.
  static Result<FileLock> take(int dir, const std::string& name, LockKind kind);

  FileLock(FileLock&&) noexcept = default;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock() { release(); }
  void release();
  int fd() const { return file_.get(); }

 private:
  explicit FileLock(Fd file) : file_(std::move(file)) {}
  static Result<std::optional<FileLock>> lock(int dir, const std::string& name, int operation);
  Fd file_;
};

// Sleeps for the time between two tries; `cancelled` when `cancel` (may be null) is set.
Result<void> pause_between_tries(const std::atomic<bool>* cancel);

}  // namespace mbuild
