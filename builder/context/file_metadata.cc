#include "builder/context/file_metadata.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "registry/base/file_owner.h"

namespace mbuild::builder {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::uint32_t kSetIds = 06000;

// Access time and modification time: the former is not touched.
std::array<struct timespec, 2> times_of(std::int64_t mtime) {
  std::int64_t seconds = mtime / kSecond;
  std::int64_t rest = mtime % kSecond;
  if (rest < 0) {
    --seconds;
    rest += kSecond;
  }
  struct timespec access {
    .tv_sec = 0, .tv_nsec = UTIME_OMIT
  };
  struct timespec modification {
    .tv_sec = seconds, .tv_nsec = rest
  };
  return {access, modification};
}

}  // namespace

Result<void> set_mtime(int fd, std::int64_t mtime) {
  if (::futimens(fd, times_of(mtime).data()) != 0) return fail_errno(errno, "set times");
  return {};
}

Result<void> apply_metadata(int fd, const FileMetadata& metadata, const XattrMap& xattrs) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail_errno(errno, "stat");
  read_owner(fd, status);
  const bool owned = status.st_uid == metadata.owner.uid && status.st_gid == metadata.owner.gid;
  if (!owned && set_owner(fd, metadata.owner.uid, metadata.owner.gid) != 0) return fail_errno(errno, "chown");
  // A change of owner takes the set-id bits away.
  const bool as_is = (status.st_mode & 07777) == metadata.mode && (owned || (metadata.mode & kSetIds) == 0);
  if (!as_is && ::fchmod(fd, metadata.mode) != 0) return fail_errno(errno, "chmod");
  set_xattrs(fd, xattrs);
  return set_mtime(fd, metadata.mtime);
}

Result<void> apply_metadata_at(int directory, const std::string& name, const FileMetadata& metadata,
                               bool symlink) {
  constexpr int kNoFollow = AT_SYMLINK_NOFOLLOW;
  if (set_owner_at(directory, name.c_str(), metadata.owner.uid, metadata.owner.gid) != 0) {
    return fail_errno(errno, "chown");
  }
  if (!symlink && ::fchmodat(directory, name.c_str(), metadata.mode, 0) != 0)
    return fail_errno(errno, "chmod");
  if (::utimensat(directory, name.c_str(), times_of(metadata.mtime).data(), kNoFollow) != 0) {
    return fail_errno(errno, "set times");
  }
  return {};
}

}  // namespace mbuild::builder
