#include "builder/sandbox/step_root.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>

#include "builder/sandbox/devices.h"
#include "builder/sandbox/mounts.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t inert = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

// A tmpfs that vanishes with the old root. It covers the host's /proc, the one directory that is there for
// sure.
Result<Fd> new_staging() {
  Fd staging = MBUILD_TRY(new_mount("tmpfs", {{"mode", "700"}}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  const Fd place = MBUILD_TRY(fs_at::open_trusted("/proc", O_PATH | O_DIRECTORY));
  MBUILD_CHECK(attach_mount(staging.get(), place.get(), "/proc"));
  return staging;
}

Result<Fd> sysfs(std::uint64_t attributes) {
  auto fresh = new_mount("sysfs", {}, attributes);
  if (fresh) return fresh;
  // A user namespace without a network namespace of its own may not mount one.
  const Fd host = MBUILD_TRY(fs_at::open_trusted("/sys", O_PATH | O_DIRECTORY));
  Fd copy = MBUILD_TRY(copy_mount(host.get()));
  MBUILD_CHECK(set_mount_attributes(copy.get(), attributes | MOUNT_ATTR_RDONLY));
  return copy;
}

bool has_unified_cgroups() {
  struct statfs status {};
  return ::statfs("/sys/fs/cgroup", &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

}  // namespace

Result<StepRoot> StepRoot::copy(const SandboxSpec& spec, std::uint64_t attributes) {
  Fd root = MBUILD_TRY_AS("take the step's root", copy_mount(spec.rootfs_fd));
  if (attributes != 0) MBUILD_CHECK(set_mount_attributes(root.get(), attributes));
  return StepRoot(spec, attributes, std::move(root), MBUILD_TRY(StepMounts::copy(spec.mounts, attributes)));
}

StepRoot::StepRoot(const SandboxSpec& spec, std::uint64_t attributes, Fd root, StepMounts mounts)
    : spec_(&spec),
      attributes_(attributes),
      root_(std::move(root)),
      mounts_(std::move(mounts)),
      mount_points_(root_.get()) {}

StepRoot::~StepRoot() {
  mount_points_.remove_unused();
}

Result<void> StepRoot::assemble() {
  const Fd old_root = MBUILD_TRY(fs_at::open_trusted("/", O_PATH | O_DIRECTORY));
  const Fd staging = MBUILD_TRY(new_staging());
  MBUILD_CHECK(attach_mount(root_.get(), old_root.get(), "/"));

  proc_place_ = MBUILD_TRY(mount_points_.find_or_make_kept("proc"));
  mount_points_.forbid(proc_place_.get());  // whatever were mounted there would be hidden
  MBUILD_CHECK(mount_sys());
  const Fd dev = MBUILD_TRY(mount_points_.find_or_make_kept("dev"));
  MBUILD_CHECK(mount_devices(dev.get(), {spec_->limits.shm_bytes, attributes_, spec_->insecure}));
  return mounts_.attach(mount_points_, staging.get());
}

Result<void> StepRoot::mount_sys() {
  const bool cgroups = has_unified_cgroups();
  const Fd place = MBUILD_TRY(mount_points_.find_or_make_kept("sys"));
  const Fd sys = MBUILD_TRY(sysfs(inert | (spec_->insecure ? 0 : MOUNT_ATTR_RDONLY)));
  MBUILD_CHECK(attach_mount(sys.get(), place.get(), "/sys"));
  if (!cgroups) return {};
  auto cgroup =
      MBUILD_TRY(fs_at::open_if_exists(sys.get(), "fs/cgroup", O_PATH | O_DIRECTORY, fs_at::Links::refuse));
  if (cgroup) cgroup_place_ = std::move(*cgroup);
  return {};
}

}  // namespace mbuild::builder
