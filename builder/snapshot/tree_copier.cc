#include "builder/snapshot/tree_copier.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "builder/snapshot/layer_member.h"
#include "registry/base/copy_file.h"
#include "registry/base/file_owner.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

std::pair<std::string, std::string> split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

std::array<timespec, 2> times_of(const FileStatus& status) {
  return {timespec_of(status.mtime), timespec_of(status.mtime)};
}

Result<void> copy_xattrs(int from, int to) {
  const ssize_t size = ::flistxattr(from, nullptr, 0);
  if (size == 0 || (size < 0 && errno == ENOTSUP)) return {};
  if (size < 0) return fail_errno(errno, "list extended attributes");
  std::string names(static_cast<std::size_t>(size), '\0');
  const ssize_t listed = ::flistxattr(from, names.data(), names.size());
  if (listed < 0) return fail_errno(errno, "list extended attributes");
  for (std::string_view rest(names.data(), static_cast<std::size_t>(listed)); !rest.empty();) {
    const std::string name(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    if (!is_kept_xattr(name)) continue;
    std::string value(XATTR_SIZE_MAX, '\0');
    const ssize_t length = ::fgetxattr(from, name.c_str(), value.data(), value.size());
    if (length < 0) return fail_errno(errno, "read " + name);
    if (::fsetxattr(to, name.c_str(), value.data(), static_cast<std::size_t>(length), 0) != 0 &&
        errno != ENOTSUP) {
      return fail_errno(errno, "set " + name);
    }
  }
  return {};
}

// After the owner, which clears set-user-ID bits and capabilities.
Result<void> set_metadata(int fd, const FileStatus& status) {
  if (set_owner(fd, status.uid, status.gid) != 0) return fail_errno(errno, "set owner");
  if (::fchmod(fd, status.mode & 07777) != 0) return fail_errno(errno, "set mode");
  return {};
}

}  // namespace

Result<int> TreeCopier::enter(const std::string& directory) {
  if (!last_ || last_path_ != directory) {
    last_ = MBUILD_TRY_AS(directory, open_directory(target_, directory));
    last_path_ = directory;
  }
  return last_.get();
}

Result<void> TreeCopier::copy(int source, std::size_t number, const std::string& path,
                              const DirectoryEntry& entry) {
  const FileStatus& status = entry.status;
  if (S_ISSOCK(status.mode)) return {};
  const auto [directory, name] = split(path);
  if (status.links > 1) {
    const auto [first, inserted] = first_names_.try_emplace({number, status.inode}, path);
    if (!inserted) {
      const auto [first_directory, first_name] = split(first->second);
      const Fd from = MBUILD_TRY(open_directory(target_, first_directory));
      const int to = MBUILD_TRY(enter(directory));
      if (::linkat(from.get(), first_name.c_str(), to, name.c_str(), 0) != 0)
        return fail_errno(errno, "link " + path);
      return {};
    }
  }
  if (status.is_regular()) {
    MBUILD_CHECK_AS(path, copy_file(source, path, name, status));
    return {};
  }
  const int parent = MBUILD_TRY(enter(directory));
  if (!MBUILD_TRY_AS(path, make_special(parent, entry))) return {};
  if (set_owner_at(parent, name.c_str(), status.uid, status.gid) != 0 ||
      (!status.is_symlink() && ::fchmodat(parent, name.c_str(), status.mode & 07777, 0) != 0) ||
      ::utimensat(parent, name.c_str(), times_of(status).data(), AT_SYMLINK_NOFOLLOW) != 0) {
    return fail_errno(errno, "set the metadata of " + path);
  }
  return {};
}

Result<void> TreeCopier::copy_file(int source, const std::string& path, const std::string& name,
                                   const FileStatus& status) {
  const int parent = MBUILD_TRY(enter(split(path).first));
  const Fd from = MBUILD_TRY(fs_at::open(source, path, O_RDONLY | O_NOFOLLOW, fs_at::Links::refuse));
  const Fd to(::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!to) return fail_errno(errno, "create");
  if (MBUILD_TRY(mbuild::copy_file(from.get(), to.get())) != status.size) {
    return fail(ErrorKind::corrupt, "the file changed while it was copied");
  }
  MBUILD_CHECK(set_metadata(to.get(), status));
  MBUILD_CHECK(copy_xattrs(from.get(), to.get()));
  if (::futimens(to.get(), times_of(status).data()) != 0) return fail_errno(errno, "set times");
  return {};
}

// Gives whether it was made.
Result<bool> TreeCopier::make_special(int parent, const DirectoryEntry& entry) {
  const mode_t mode = entry.status.mode;
  const int made = entry.status.is_symlink()
                       ? ::symlinkat(entry.link.c_str(), parent, entry.name.c_str())
                       : ::mknodat(parent, entry.name.c_str(), mode, entry.status.device);
  if (made == 0) return true;
  if (errno == EPERM && (S_ISCHR(mode) || S_ISBLK(mode))) return false;
  return fail_errno(errno, "make");
}

Result<void> TreeCopier::make_directory(const std::string& path, const FileStatus& status) {
  const auto [directory, name] = split(path);
  const int parent = MBUILD_TRY(enter(directory));
  if (::mkdirat(parent, name.c_str(), 0700) != 0) return fail_errno(errno, "make directory " + path);
  directories_.emplace_back(path, status);
  return {};
}

Result<void> TreeCopier::finish() {
  for (const auto& [path, status] : directories_) {
    const Fd directory = MBUILD_TRY_AS(path, open_directory(target_, path));
    MBUILD_CHECK_AS(path, set_metadata(directory.get(), status));
    if (::futimens(directory.get(), times_of(status).data()) != 0)
      return fail_errno(errno, "set times of " + path);
  }
  return {};
}

}  // namespace mbuild::builder
