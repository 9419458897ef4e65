#include "builder/sandbox/step_mounts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "builder/sandbox/mount_order.h"
#include "builder/sandbox/mounts.h"
#include "registry/base/file_owner.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

Result<MountPoints::Kind> kind_of(int source) {
  struct stat status {};
  if (::fstat(source, &status) != 0) return fail_errno(errno, "stat the source");
  return S_ISDIR(status.st_mode) ? MountPoints::Kind::directory : MountPoints::Kind::file;
}

Result<Fd> new_tmpfs(const SandboxMount& mount, std::uint64_t attributes) {
  std::vector<MountOption> options{{"mode", fmt::format("{:o}", mount.mode)},
                                   {"uid", std::to_string(mount.uid)},
                                   {"gid", std::to_string(mount.gid)}};
  if (mount.size_bytes != 0) options.push_back({"size", std::to_string(mount.size_bytes)});
  return new_mount("tmpfs", options, MOUNT_ATTR_NOSUID | attributes);
}

Result<void> write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t size = ::write(fd, data.data(), data.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno(errno, "write");
    data.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

Result<Fd> new_data_file(const SandboxMount& mount, int staging, std::size_t index) {
  const std::string name = "data" + std::to_string(index);
  {
    const Fd file =
        MBUILD_TRY(fs_at::open(staging, name, O_WRONLY | O_CREAT | O_EXCL, fs_at::Links::refuse, 0600));
    MBUILD_CHECK(write_all(file.get(), mount.data));
    if (set_owner(file.get(), mount.uid, mount.gid) != 0) return fail_errno(errno, "change the owner");
    if (::fchmod(file.get(), mount.mode) != 0) return fail_errno(errno, "change the mode");
  }
  const Fd file = MBUILD_TRY(fs_at::open(staging, name, O_PATH, fs_at::Links::refuse));
  Fd tree = MBUILD_TRY(copy_mount(file.get()));
  MBUILD_CHECK(set_mount_attributes(tree.get(), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  return tree;
}

}  // namespace

Result<StepMounts> StepMounts::copy(const std::vector<SandboxMount>& mounts, std::uint64_t attributes) {
  StepMounts result;
  for (const SandboxMount* next : outermost_first(mounts)) {
    const SandboxMount& mount = *next;
    const std::string action = "mount " + mount.target;
    if (!mount.target.starts_with('/'))
      return fail(ErrorKind::invalid_input, action + ": not an absolute path");
    Entry entry{&mount, {}, MountPoints::Kind::directory};
    const std::uint64_t all = attributes | (mount.read_only ? MOUNT_ATTR_RDONLY : 0);
    switch (mount.kind) {
      case SandboxMount::Kind::bind:
        entry.kind = MBUILD_TRY_AS(action, kind_of(mount.source_fd));
        entry.tree = MBUILD_TRY_AS(action, copy_mount(mount.source_fd));
        MBUILD_CHECK_AS(action, set_mount_attributes(entry.tree.get(), all));
        break;
      case SandboxMount::Kind::tmpfs:
        entry.tree = MBUILD_TRY_AS(action, new_tmpfs(mount, all));
        break;
      case SandboxMount::Kind::data:
        entry.kind = MountPoints::Kind::file;
        break;
    }
    result.entries_.push_back(std::move(entry));
  }
  return result;
}

Result<void> StepMounts::attach(MountPoints& mount_points, int staging) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const std::string& target = entry.mount->target;
    const Fd place = MBUILD_TRY(mount_points.find_or_make(target, entry.kind));
    if (entry.tree) {
      MBUILD_CHECK(attach_mount(entry.tree.get(), place.get(), target));
    } else {
      const Fd tree = MBUILD_TRY_AS("mount " + target, new_data_file(*entry.mount, staging, i));
      MBUILD_CHECK(attach_mount(tree.get(), place.get(), target));
    }
  }
  return {};
}

}  // namespace mbuild::builder
