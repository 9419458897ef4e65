#include "registry/base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "registry/base/fs_at.h"

namespace mbuild {

namespace {

constexpr std::chrono::milliseconds kBetweenTries(20);

int operation_of(LockKind kind) {
  return kind == LockKind::shared ? LOCK_SH : LOCK_EX;
}

// Between opening and locking the file may have been removed, and another made in its place.
bool still_named(int dir, const std::string& name, int fd) {
  struct stat named {};
  struct stat locked {};
  return ::fstatat(dir, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 && ::fstat(fd, &locked) == 0 &&
         named.st_ino == locked.st_ino && named.st_dev == locked.st_dev;
}

}  // namespace

// `operation` as flock(2)'s.
Result<std::optional<FileLock>> FileLock::lock(int dir, const std::string& name, int operation) {
  const std::string action = "lock " + name;
  for (;;) {
    // Open for writing: network file systems demand it for an exclusive lock.
    Fd file = MBUILD_TRY_AS(action, fs_at::open(dir, name, O_RDWR | O_CREAT, fs_at::Links::refuse, 0644));
    if (::flock(file.get(), operation) == 0) {
      if (still_named(dir, name, file.get())) return FileLock(std::move(file));
      continue;
    }
    if (errno == EWOULDBLOCK) return std::nullopt;
    if (errno != EINTR) return fail_errno(errno, action);
  }
}

Result<std::optional<FileLock>> FileLock::try_take(int dir, const std::string& name, LockKind kind) {
  return lock(dir, name, operation_of(kind) | LOCK_NB);
}

Result<FileLock> FileLock::take(int dir, const std::string& name, LockKind kind) {
  return std::move(*MBUILD_TRY(lock(dir, name, operation_of(kind))));
}

Result<FileLock> FileLock::take(int dir, const std::string& name, LockKind kind,
                                const std::atomic<bool>* cancel) {
  for (;;) {
    auto lock = MBUILD_TRY(try_take(dir, name, kind));
    if (lock) return std::move(*lock);
    MBUILD_CHECK_AS("wait for the lock " + name, pause_between_tries(cancel));
  }
}

Result<void> pause_between_tries(const std::atomic<bool>* cancel) {
  if (cancel != nullptr && cancel->load()) return fail(ErrorKind::cancelled, "cancelled");
  std::this_thread::sleep_for(kBetweenTries);
  return {};
}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  if (this == &other) return *this;
  release();
  file_ = std::move(other.file_);
  return *this;
}

void FileLock::release() {
  if (!file_) return;
  ::flock(file_.get(), LOCK_UN);
  file_.reset();
}

}  // namespace mbuild
