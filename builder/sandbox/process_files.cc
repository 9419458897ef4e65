#include "builder/sandbox/process_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

std::pair<std::string, std::string> split(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

Result<ProcessFiles> ProcessFiles::open() {
  Fd proc = MBUILD_TRY(fs_at::open_trusted("/proc", O_RDONLY | O_DIRECTORY));
  Fd root = MBUILD_TRY(fs_at::open_trusted("/", O_RDONLY | O_DIRECTORY));
  return ProcessFiles(std::move(proc), std::move(root));
}

Fd ProcessFiles::open_held(pid_t thread, int descriptor) const {
  const std::string link =
      std::to_string(thread) + (descriptor == AT_FDCWD ? "/cwd" : "/fd/" + std::to_string(descriptor));
  return Fd(::openat(proc_.get(), link.c_str(), O_PATH | O_CLOEXEC));
}

ProcessFiles::Target ProcessFiles::open_at(pid_t thread, int directory, const std::string& path,
                                           int flags) const {
  Target target;
  if (!enter_root_of(thread, directory)) return target;
  const int follow = (flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0;
  auto [folder, name] = split(path);
  target.file.reset(::open(path.c_str(), O_PATH | O_CLOEXEC | follow));
  const int error = errno;
  if (target.file) target.parent.reset(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  target.name = std::move(name);
  leave_root();
  errno = error;
  return target;
}

bool ProcessFiles::enter_root_of(pid_t thread, int directory) const {
  const std::string link = std::to_string(thread) + "/root";
  const Fd root(::openat(proc_.get(), link.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const Fd here = open_held(thread, directory);
  if (!root || !here) return false;
  if (::fchdir(root.get()) != 0 || ::chroot(".") != 0) return false;
  // What is not a directory will do for absolute paths.
  return ::fchdir(here.get()) == 0 || errno == ENOTDIR;
}

void ProcessFiles::leave_root() const {
  if (::fchdir(root_.get()) == 0) [[maybe_unused]]
    const int left = ::chroot(".");
}

}  // namespace mbuild::builder
