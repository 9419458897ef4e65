#include "builder/sandbox/devices.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "builder/sandbox/device_nodes.h"
#include "builder/sandbox/mounts.h"
#include "builder/sandbox/privileged_devices.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t unprivileged = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

std::string dev_path(const char* name) {
  return std::string("/dev/") + name;
}

Result<void> bind_host_device(int dev, const char* name) {
  const std::string path = dev_path(name);
  const Fd host = MBUILD_TRY(fs_at::open_trusted(path, O_PATH));
  const Fd copy = MBUILD_TRY(copy_mount(host.get()));
  const Fd place = MBUILD_TRY(fs_at::open(dev, name, O_CREAT | O_CLOEXEC, fs_at::Links::refuse, 0666));
  return attach_mount(copy.get(), place.get(), path);
}

Result<void> add_devices(int dev, const DeviceOptions& options) {
  const bool nodes_work = (options.attributes & MOUNT_ATTR_NODEV) == 0;
  if (nodes_work && MBUILD_TRY(make_device_nodes(dev))) {
    return options.privileged ? make_privileged_devices(dev) : Result<void>();
  }
  for (const char* name : device_names()) MBUILD_CHECK(bind_host_device(dev, name));
  return {};
}

Result<void> mount_in(int dev, const char* name, int mount) {
  if (::mkdirat(dev, name, 0755) != 0) return fail_errno(errno, "make " + dev_path(name));
  const Fd target = MBUILD_TRY(fs_at::open(dev, name, O_PATH, fs_at::Links::refuse));
  return attach_mount(mount, target.get(), dev_path(name));
}

Result<Fd> new_devpts() {
  const std::uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
  auto mount = new_mount("devpts", {{"ptmxmode", "0666"}, {"mode", "0620"}, {"gid", "5"}}, attributes);
  if (mount) return mount;
  // A user namespace need not have the tty group.
  return new_mount("devpts", {{"ptmxmode", "0666"}, {"mode", "0620"}}, attributes);
}

}  // namespace

Result<void> mount_devices(int target, const DeviceOptions& options) {
  const Fd dev = MBUILD_TRY(
      new_mount("tmpfs", {{"mode", "755"}, {"size", "65536k"}}, MOUNT_ATTR_NOSUID | options.attributes));
  MBUILD_CHECK(attach_mount(dev.get(), target, "/dev"));
  MBUILD_CHECK(add_devices(dev.get(), options));
  MBUILD_CHECK(make_device_links(dev.get()));
  const Fd pts = MBUILD_TRY(new_devpts());
  MBUILD_CHECK(mount_in(dev.get(), "pts", pts.get()));
  const std::string shm_size = std::to_string(options.shm_bytes);
  const Fd shm = MBUILD_TRY(new_mount("tmpfs", {{"mode", "1777"}, {"size", shm_size}}, unprivileged));
  MBUILD_CHECK(mount_in(dev.get(), "shm", shm.get()));
  const Fd mqueue = MBUILD_TRY(new_mount("mqueue", {}, unprivileged));
  return mount_in(dev.get(), "mqueue", mqueue.get());
}

}  // namespace mbuild::builder
