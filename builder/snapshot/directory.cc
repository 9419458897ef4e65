#include "builder/snapshot/directory.h"

#include <fcntl.h>
#include <limits.h>

#include <cerrno>
#include <utility>

#include "registry/base/file_owner.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::int64_t nanoseconds_of(const timespec& time) {
  return time.tv_sec * kNanosecondsPerSecond + time.tv_nsec;
}

Result<std::string> read_target(int directory, const std::string& name) {
  std::string target(PATH_MAX, '\0');
  const ssize_t size = ::readlinkat(directory, name.c_str(), target.data(), target.size());
  if (size < 0) return fail_errno(errno, "read symlink " + name);
  target.resize(static_cast<std::size_t>(size));
  target.shrink_to_fit();
  return target;
}

}  // namespace

FileStatus status_of(const struct stat& status) {
  FileStatus result;
  result.mode = status.st_mode;
  result.uid = status.st_uid;
  result.gid = status.st_gid;
  result.device = status.st_rdev;
  result.size = static_cast<std::uint64_t>(status.st_size);
  result.mtime = nanoseconds_of(status.st_mtim);
  result.ctime = nanoseconds_of(status.st_ctim);
  result.inode = status.st_ino;
  result.links = status.st_nlink;
  return result;
}

std::int64_t whole_seconds(std::int64_t nanoseconds) {
  const std::int64_t seconds = nanoseconds / kNanosecondsPerSecond;
  return nanoseconds % kNanosecondsPerSecond < 0 ? seconds - 1 : seconds;
}

timespec timespec_of(std::int64_t nanoseconds) {
  timespec time{};
  time.tv_sec = whole_seconds(nanoseconds);
  time.tv_nsec = nanoseconds - time.tv_sec * kNanosecondsPerSecond;
  return time;
}

Result<std::vector<DirectoryEntry>> read_directory(int directory) {
  std::vector<DirectoryEntry> entries;
  for (std::string& name : MBUILD_TRY(fs_at::list(directory))) {
    struct stat status {};
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return fail_errno(errno, "look up " + name);
    }
    read_owner_at(directory, name.c_str(), status);
    DirectoryEntry entry;
    entry.name = std::move(name);
    entry.status = status_of(status);
    if (entry.status.is_symlink()) entry.link = MBUILD_TRY(read_target(directory, entry.name));
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<Fd> open_directory(int root, const std::string& path) {
  return fs_at::open(root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, fs_at::Links::refuse);
}

std::string join_path(const std::string& directory, const std::string& name) {
  if (directory.empty()) return name;
  std::string path;
  path.reserve(directory.size() + 1 + name.size());
  path.append(directory).append(1, '/').append(name);
  return path;
}

}  // namespace mbuild::builder
