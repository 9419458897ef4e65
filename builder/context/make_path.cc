#include "builder/context/make_path.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "registry/base/fd.h"
#include "registry/base/file_owner.h"

namespace mbuild::builder {

namespace {

Result<Fd> make_directory(int parent, const std::string& name, std::uint32_t mode, Owner owner) {
  if (::mkdirat(parent, name.c_str(), 0700) != 0) return fail_errno(errno, "mkdir");
  Fd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "open");
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno(errno, "stat");
  read_owner(fd.get(), status);
  const bool owned = status.st_uid == owner.uid && status.st_gid == owner.gid;
  if (!owned && set_owner(fd.get(), owner.uid, owner.gid) != 0) return fail_errno(errno, "chown");
  if (::fchmod(fd.get(), mode) != 0) return fail_errno(errno, "chmod");
  return fd;
}

}  // namespace

Result<void> make_path(int root, std::string_view path, std::uint32_t mode, Owner owner) {
  constexpr int kFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  if (path.empty()) return {};
  int parent = root;
  Fd current;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string name(path.substr(begin, end - begin));
    const std::string action = "mkdir /" + std::string(path.substr(0, end));
    Fd next(::openat(parent, name.c_str(), kFlags));
    if (!next && errno == ENOENT) {
      next = MBUILD_TRY_AS(action, make_directory(parent, name, mode, owner));
    } else if (!next && errno == ENOTDIR) {
      return fail(ErrorKind::invalid_input, action + ": not a directory");
    } else if (!next) {
      return fail_errno(errno, action);
    }
    current = std::move(next);
    parent = current.get();
    begin = end + 1;
  }
  return {};
}

}  // namespace mbuild::builder
