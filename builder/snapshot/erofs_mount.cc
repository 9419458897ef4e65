#include "builder/snapshot/erofs_mount.h"

#include <fmt/format.h>

#include <cerrno>
#include <string>

#include "registry/base/syscalls.h"

namespace mbuild::builder {

namespace {

// The kernel takes paths here, not descriptors.
int set_file(int context, const char* key, int file) {
  const std::string path = fmt::format("/proc/self/fd/{}", file);
  return ::fsconfig(context, FSCONFIG_SET_STRING, key, path.c_str(), 0);
}

std::unexpected<Error> mount_failure(const char* action) {
  const int errnum = errno;
  Error error = Error::from_errno(errnum, std::string("mount EROFS: ") + action);
  switch (errnum) {
    case ENOTBLK:  // a kernel that mounts only block devices
    case ENODEV:   // or knows no EROFS
    case ENOSYS:
    case EPERM:
    case EINVAL:
    case EOPNOTSUPP:
      return fail(ErrorKind::unsupported, error.message());
    default:
      return std::unexpected(std::move(error));
  }
}

}  // namespace

Result<Fd> mount_erofs(int index, int archive) {
  const Fd context(::fsopen("erofs", FSOPEN_CLOEXEC));
  if (!context) return mount_failure("fsopen");
  if (set_file(context.get(), "source", index) != 0) return mount_failure("source");
  if (set_file(context.get(), "device", archive) != 0) return mount_failure("device");
  if (::fsconfig(context.get(), FSCONFIG_SET_FLAG, "ro", nullptr, 0) != 0) return mount_failure("ro");
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return mount_failure("create");
  Fd mounted(::fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY));
  if (!mounted) return mount_failure("fsmount");
  return mounted;
}

}  // namespace mbuild::builder
