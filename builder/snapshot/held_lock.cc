#include "builder/snapshot/held_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace mbuild::builder {

Result<HeldLock> HeldLock::take(int dir, const char* name, Kind kind, const std::string& path) {
  Fd file(::openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return fail_errno(errno, "open " + path);
  while (::flock(file.get(), kind == Kind::shared ? LOCK_SH : LOCK_EX) != 0) {
    if (errno != EINTR) return fail_errno(errno, "lock " + path);
  }
  return HeldLock(std::move(file));
}

HeldLock::~HeldLock() {
  if (file_) ::flock(file_.get(), LOCK_UN);
}

}  // namespace mbuild::builder
