// fs_at::make_directories.
#include <cerrno>

#include "registry/base/fs_at.h"

namespace mbuild::fs_at {

namespace {

constexpr int kDirectory = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// mkdir(2) subtracts the umask and inherits the set-group-ID bit; neither may reach the result.
Result<void> set_exact_mode(int dir, mode_t mode) {
  struct stat status {};
  if (::fstat(dir, &status) != 0) return fail_errno(errno, "stat");
  if ((status.st_mode & 07777) == (mode & 07777)) return {};
  const Fd fd(::openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fchmod(fd.get(), mode & 07777) != 0) return fail_errno(errno, "chmod");
  return {};
}

Result<Fd> enter_or_make(int parent, const std::string& name, mode_t mode) {
  Fd existing(::openat(parent, name.c_str(), kDirectory));
  if (existing) return existing;
  if (errno == ENOTDIR || errno == ELOOP) {
    return fail(ErrorKind::invalid_input, "something that is not a directory is in the way");
  }
  if (errno != ENOENT) return fail_errno(errno, "open");

  const bool made = ::mkdirat(parent, name.c_str(), mode) == 0;
  if (!made && errno != EEXIST) return fail_errno(errno, "mkdir");
  Fd fd(::openat(parent, name.c_str(), kDirectory));
  if (!fd) return fail_errno(errno, "open");
  if (made) MBUILD_CHECK(set_exact_mode(fd.get(), mode));
  return fd;
}

}  // namespace

Result<Fd> make_directories(int dir, std::string_view path, mode_t mode) {
  const std::string action = "make directory " + std::string(path);
  if (path.find('\0') != std::string_view::npos) return fail_errno(EINVAL, action);
  Fd current(::openat(dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!current) return fail_errno(errno, action);
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string name(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (name.empty() || name == ".") continue;
    if (name == "..") return fail(ErrorKind::invalid_input, action + ": the path contains \"..\"");
    current = MBUILD_TRY_AS(action, enter_or_make(current.get(), name, mode));
  }
  return current;
}

}  // namespace mbuild::fs_at
