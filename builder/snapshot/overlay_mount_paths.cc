#include "builder/snapshot/overlay_mount_paths.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <thread>

#include "registry/base/syscalls.h"

namespace mbuild::builder {

namespace {

constexpr char kTarget[] = "m";

// The path of an open directory. (Through "/proc/self/fd/N" itself the kernel would see a mount of the
// caller's namespace, and refuse it in the helper's.)
std::string path_of(int directory) {
  std::string path(PATH_MAX, '\0');
  const ssize_t size =
      ::readlink(fmt::format("/proc/self/fd/{}", directory).c_str(), path.data(), path.size());
  path.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return path;
}

// Short names for the layers: mount(2) takes 4095 bytes of options in all.
std::expected<std::string, MountError> link_layers(const OverlayStack& stack, const OverlayForm& form,
                                                   int scratch) {
  const auto link = [&](const std::string& name, int directory) {
    return ::symlinkat(path_of(directory).c_str(), scratch, name.c_str()) == 0;
  };
  std::string options = "index=off,xino=off,lowerdir=";
  for (std::size_t i = 0; i < stack.lower.size(); ++i) {
    const std::string name = fmt::format("{:x}", i);
    if (!link(name, stack.lower[i])) return std::unexpected(MountError{errno, "link a layer"});
    options += (i == 0 ? "" : ":") + name;
  }
  if (stack.upper >= 0) {
    if (!link("u", stack.upper) || !link("w", stack.work)) {
      return std::unexpected(MountError{errno, "link the writable layer"});
    }
    options += ",upperdir=u,workdir=w";
  }
  options +=
      form.xattrs() == OverlayForm::Xattrs::user ? ",userxattr" : ",metacopy=off,redirect_dir=nofollow";
  return options;
}

int mount_here(const OverlayStack& stack, const std::string& options) {
  const unsigned long flags = stack.upper < 0 ? MS_RDONLY : 0;
  if (stack.upper >= 0) {
    // Linux 5.10 and later.
    if (::mount("overlay", kTarget, "overlay", flags, (options + ",volatile").c_str()) == 0) return 0;
    if (errno != EINVAL) return -1;
  }
  return ::mount("overlay", kTarget, "overlay", flags, options.c_str());
}

std::expected<Fd, MountError> mount_in_own_namespace(const OverlayStack& stack, const std::string& options,
                                                     int scratch) {
  if (::unshare(CLONE_FS | CLONE_NEWNS) != 0) return std::unexpected(MountError{errno, "unshare"});
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return std::unexpected(MountError{errno, "make mounts private"});
  }
  if (::chdir(path_of(scratch).c_str()) != 0) return std::unexpected(MountError{errno, "enter a work folder"});
  if (mount_here(stack, options) != 0) return std::unexpected(MountError{errno, "mount"});
  Fd clone(::open_tree(AT_FDCWD, kTarget, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!clone) return std::unexpected(MountError{errno, "open_tree"});
  return clone;
}

}  // namespace

std::expected<Fd, MountError> mount_by_paths(const OverlayStack& stack, const OverlayForm& form,
                                             int scratch) {
  if (::mkdirat(scratch, kTarget, 0700) != 0) return std::unexpected(MountError{errno, "make a mount point"});
  const auto options = link_layers(stack, form, scratch);
  if (!options) return std::unexpected(options.error());
  std::expected<Fd, MountError> result;
  std::thread([&] { result = mount_in_own_namespace(stack, *options, scratch); }).join();
  return result;
}

}  // namespace mbuild::builder
