#include "builder/snapshot/overlay_mount.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>

#include "builder/snapshot/overlay_mount_paths.h"
#include "registry/base/syscalls.h"

namespace mbuild::builder {

namespace {

// What the kernel wrote about it to the context's log: lines such as "e overlay: upper fs is not writable".
std::string kernel_log(int context) {
  std::string log;
  std::array<char, 512> line{};
  for (ssize_t size; (size = ::read(context, line.data(), line.size())) > 0;) {
    std::string_view text(line.data(), static_cast<std::size_t>(size));
    while (text.ends_with('\n')) text.remove_suffix(1);
    if (text.size() > 2) text.remove_prefix(2);
    log += fmt::format(" ({})", text);
  }
  return log;
}

std::unexpected<Error> mount_failure(int errnum, int context, const std::string& action) {
  const std::string message = "mount overlay: " + action + (context < 0 ? "" : kernel_log(context));
  Error error = Error::from_errno(errnum, message);
  const bool refused = errnum == EPERM || errnum == EINVAL || errnum == ENODEV || errnum == ENOSYS;
  if (refused) return fail(ErrorKind::unsupported, error.message());
  return std::unexpected(std::move(error));
}

Result<void> check_size(const OverlayStack& stack) {
  if (stack.lower.size() + (stack.upper < 0 ? 0 : 1) <= kMaxOverlayLayers) return {};
  return fail(ErrorKind::unsupported, fmt::format("mount overlay: {} layers; the kernel takes {}",
                                                  stack.lower.size(), kMaxOverlayLayers));
}

// Sets a directory by descriptor (Linux 6.13) or else by its path in /proc. Values of fsconfig(2) are limited
// to 255 bytes, which is why there is one call a layer.
int set_directory(int context, const char* key, int directory) {
  if (::fsconfig(context, FSCONFIG_SET_FD, key, nullptr, directory) == 0) return 0;
  if (errno != EINVAL && errno != EBADF) return -1;
  const std::string path = fmt::format("/proc/self/fd/{}", directory);
  return ::fsconfig(context, FSCONFIG_SET_STRING, key, path.c_str(), 0);
}

int set_options(int context, const OverlayStack& stack, const OverlayForm& form) {
  constexpr std::array<std::array<const char*, 2>, 5> kOptions = {{{"source", "overlay"},
                                                                   {"index", "off"},
                                                                   {"metacopy", "off"},
                                                                   {"redirect_dir", "nofollow"},
                                                                   {"xino", "off"}}};
  const bool user = form.xattrs() == OverlayForm::Xattrs::user;
  for (const auto& [key, value] : kOptions) {
    // With user xattrs there is no redirect_dir and no metacopy to turn off.
    if (user && (key == std::string_view("redirect_dir") || key == std::string_view("metacopy"))) continue;
    if (::fsconfig(context, FSCONFIG_SET_STRING, key, value, 0) != 0) return -1;
  }
  if (user && ::fsconfig(context, FSCONFIG_SET_FLAG, "userxattr", nullptr, 0) != 0) return -1;
  if (stack.upper >= 0) return ::fsconfig(context, FSCONFIG_SET_FLAG, "volatile", nullptr, 0);
  return 0;
}

}  // namespace

Result<std::optional<Fd>> mount_overlay(const OverlayStack& stack, const OverlayForm& form) {
  MBUILD_CHECK(check_size(stack));
  const Fd context(::fsopen("overlay", FSOPEN_CLOEXEC));
  if (!context && errno == ENOSYS) return std::nullopt;
  if (!context) return mount_failure(errno, -1, "fsopen");
  for (std::size_t i = 0; i < stack.lower.size(); ++i) {
    if (set_directory(context.get(), "lowerdir+", stack.lower[i]) == 0) continue;
    if (errno == EINVAL && i == 0) return std::nullopt;
    return mount_failure(errno, context.get(), fmt::format("layer {} of {}", i + 1, stack.lower.size()));
  }
  if (stack.upper >= 0 && (set_directory(context.get(), "upperdir", stack.upper) != 0 ||
                           set_directory(context.get(), "workdir", stack.work) != 0)) {
    return mount_failure(errno, context.get(), "the writable layer");
  }
  if (set_options(context.get(), stack, form) != 0) return mount_failure(errno, context.get(), "options");
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return mount_failure(errno, context.get(), fmt::format("{} layers", stack.lower.size()));
  }
  Fd mounted(::fsmount(context.get(), FSMOUNT_CLOEXEC, stack.upper < 0 ? MOUNT_ATTR_RDONLY : 0));
  if (!mounted) return mount_failure(errno, context.get(), "fsmount");
  return std::optional<Fd>(std::move(mounted));
}

Result<Fd> mount_overlay_by_paths(const OverlayStack& stack, const OverlayForm& form, int scratch) {
  MBUILD_CHECK(check_size(stack));
  auto mounted = mount_by_paths(stack, form, scratch);
  if (!mounted) return mount_failure(mounted.error().errnum, -1, mounted.error().action);
  return std::move(*mounted);
}

Result<Fd> mount_read_only(int directory) {
  Fd clone(::open_tree(directory, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH));
  if (!clone) return fail_errno(errno, "clone a mount");
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (::mount_setattr(clone.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) != 0) {
    return fail_errno(errno, "make a mount read-only");
  }
  return clone;
}

}  // namespace mbuild::builder
