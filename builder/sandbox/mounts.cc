#include "builder/sandbox/mounts.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "registry/base/syscalls.h"

namespace mbuild::builder {

namespace {

// The kernel explains a refused option in words, one line a read: "e tmpfs: Bad value for 'size'".
std::string kernel_explanation(int context) {
  char line[256];
  const ssize_t size = ::read(context, line, sizeof line);
  if (size <= 2) return {};
  std::string text(line + 2, static_cast<std::size_t>(size) - 2);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return " (" + text + ")";
}

std::unexpected<Error> mount_failure(int context, const char* type) {
  const int errnum = errno;
  return fail_errno(errnum, std::string("mount a new ") + type + kernel_explanation(context));
}

Result<void> make_private(int mount) {
  mount_attr attributes{};
  attributes.propagation = MS_PRIVATE;
  if (::mount_setattr(mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes) != 0) {
    return fail_errno(errno, "make a mount private");
  }
  return {};
}

std::optional<std::uint64_t> mount_id(int fd) {
  struct statx status {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0) return std::nullopt;
  return status.stx_mnt_id;
}

}  // namespace

Result<Fd> copy_mount(int source) {
  Fd copy(::open_tree(source, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE));
  if (!copy && errno == EINVAL) {
    copy.reset(::fcntl(source, F_DUPFD_CLOEXEC, 0));
    if (!copy) return fail_errno(errno, "duplicate a descriptor");
    return copy;
  }
  if (!copy) return fail_errno(errno, "copy a mount");
  MBUILD_CHECK(make_private(copy.get()));
  return copy;
}

Result<Fd> new_mount(const char* type, const std::vector<MountOption>& options, std::uint64_t attributes) {
  const Fd context(::fsopen(type, FSOPEN_CLOEXEC));
  if (!context) return fail_errno(errno, std::string("mount a new ") + type);
  ::fsconfig(context.get(), FSCONFIG_SET_STRING, "source", type, 0);  // what /proc/mounts shows
  for (const MountOption& option : options) {
    if (::fsconfig(context.get(), FSCONFIG_SET_STRING, option.key, option.value.c_str(), 0) != 0) {
      return mount_failure(context.get(), type);
    }
  }
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return mount_failure(context.get(), type);
  }
  Fd mount(::fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)));
  if (!mount) return mount_failure(context.get(), type);
  return mount;
}

Result<void> set_mount_attributes(int mount, std::uint64_t attributes) {
  mount_attr change{};
  change.attr_set = attributes;
  if (::mount_setattr(mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof change) != 0) {
    return fail_errno(errno, "set the attributes of a mount");
  }
  return {};
}

Result<void> attach_mount(int mount, int target, std::string_view what) {
  if (::move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0) {
    return fail_errno(errno, "mount on " + std::string(what));
  }
  return {};
}

bool same_mount(int a, int b) {
  const auto id = mount_id(a);
  return id && id == mount_id(b);
}

}  // namespace mbuild::builder
