#include "builder/sandbox/tree_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string_view>
#include <vector>

#include "registry/base/copy_file.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

Result<void> copy_entry(int source, const struct stat& status, int parent, const std::string& name);

// A descriptor for reading what an O_PATH one only names. What it names cannot change, so nothing is
// followed.
Result<Fd> reopen(int descriptor, int flags) {
  return fs_at::open_trusted("/proc/self/fd/" + std::to_string(descriptor), flags);
}

// Attributes that this file system or this user cannot have are lost, as they are when layers are unpacked.
void copy_attributes(int source, int target) {
  std::array<char, 16 << 10> names;
  const ssize_t size = ::flistxattr(source, names.data(), names.size());
  for (ssize_t at = 0; at < size;) {
    const std::string_view name(names.data() + at);
    std::array<char, 64 << 10> value;
    const ssize_t length = ::fgetxattr(source, name.data(), value.data(), value.size());
    if (length >= 0) ::fsetxattr(target, name.data(), value.data(), static_cast<std::size_t>(length), 0);
    at += static_cast<ssize_t>(name.size()) + 1;
  }
}

Result<void> copy_metadata(int source, const struct stat& status, int target, const std::string& name) {
  if (::fchown(target, status.st_uid, status.st_gid) != 0)
    return fail_errno(errno, "change the owner of " + name);
  if (::fchmod(target, status.st_mode & 07777) != 0) return fail_errno(errno, "change the mode of " + name);
  copy_attributes(source, target);
  const timespec times[] = {status.st_atim, status.st_mtim};
  if (::futimens(target, times) != 0) return fail_errno(errno, "set the times of " + name);
  return {};
}

Result<void> copy_regular(int source, const struct stat& status, int parent, const std::string& name) {
  const Fd from = MBUILD_TRY(reopen(source, O_RDONLY | O_NONBLOCK));
  const Fd to =
      MBUILD_TRY(fs_at::open(parent, name, O_WRONLY | O_CREAT | O_EXCL, fs_at::Links::refuse, 0600));
  MBUILD_TRY_AS("copy " + name, copy_file(from.get(), to.get()));
  return copy_metadata(from.get(), status, to.get(), name);
}

Result<void> copy_directory(int source, const struct stat& status, int parent, const std::string& name) {
  const Fd from = MBUILD_TRY(fs_at::open(source, ".", O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
  if (::mkdirat(parent, name.c_str(), 0700) != 0) return fail_errno(errno, "make " + name);
  const Fd to = MBUILD_TRY(fs_at::open(parent, name, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
  const std::vector<std::string> names = MBUILD_TRY(fs_at::list(from.get()));
  for (const std::string& child : names) {
    const Fd entry(::openat(from.get(), child.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat child_status {};
    if (!entry || ::fstat(entry.get(), &child_status) != 0) return fail_errno(errno, "open " + child);
    MBUILD_CHECK(copy_entry(entry.get(), child_status, to.get(), child));
  }
  return copy_metadata(from.get(), status, to.get(), name);
}

Result<void> copy_symlink(int source, const struct stat& status, int parent, const std::string& name) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlinkat(source, "", target.data(), target.size() - 1);
  if (size < 0) return fail_errno(errno, "read the link " + name);
  target[static_cast<std::size_t>(size)] = '\0';
  if (::symlinkat(target.data(), parent, name.c_str()) != 0)
    return fail_errno(errno, "make the link " + name);
  if (::fchownat(parent, name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) != 0) {
    return fail_errno(errno, "change the owner of " + name);
  }
  const timespec times[] = {status.st_atim, status.st_mtim};
  ::utimensat(parent, name.c_str(), times, AT_SYMLINK_NOFOLLOW);
  return {};
}

Result<void> copy_entry(int source, const struct stat& status, int parent, const std::string& name) {
  if (S_ISREG(status.st_mode)) return copy_regular(source, status, parent, name);
  if (S_ISDIR(status.st_mode)) return copy_directory(source, status, parent, name);
  if (S_ISLNK(status.st_mode)) return copy_symlink(source, status, parent, name);
  return {};
}

}  // namespace

Result<void> copy_tree(int source, int parent, const std::string& name) {
  struct stat status {};
  if (::fstat(source, &status) != 0) return fail_errno(errno, "stat what is to be copied");
  return copy_entry(source, status, parent, name);
}

}  // namespace mbuild::builder
