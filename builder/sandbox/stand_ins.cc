#include "builder/sandbox/stand_ins.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include "builder/sandbox/device_nodes.h"
#include "builder/sandbox/mount_order.h"
#include "builder/sandbox/tree_copy.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr int most_holding_folders = 1000;

// Moves every entry of a folder to another; across file systems by copying.
Result<void> move_contents(int from, int to) {
  const std::vector<std::string> names = MBUILD_TRY(fs_at::list(from));
  for (const std::string& name : names) {
    if (::renameat(from, name.c_str(), to, name.c_str()) == 0) continue;
    if (errno != EXDEV) return fail_errno(errno, "move " + name);
    const Fd entry(::openat(from, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!entry) return fail_errno(errno, "open " + name);
    MBUILD_CHECK(copy_tree(entry.get(), to, name));
    MBUILD_CHECK(fs_at::remove_tree(from, name));
  }
  return {};
}

Result<Fd> open_folder(int parent, const std::string& name) {
  return fs_at::open(parent, name, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse);
}

Result<void> make_like(int source, int parent, const std::string& name) {
  struct stat status {};
  if (::fstat(source, &status) != 0) return fail_errno(errno, "stat the source");
  if (::mkdirat(parent, name.c_str(), 0700) != 0) return fail_errno(errno, "make " + name);
  const Fd made = MBUILD_TRY(open_folder(parent, name));
  if (::fchown(made.get(), status.st_uid, status.st_gid) != 0 ||
      ::fchmod(made.get(), status.st_mode & 07777) != 0) {
    return fail_errno(errno, "set owner and mode of " + name);
  }
  return {};
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

void set_times(int folder, const struct stat& status) {
  const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
  ::utimensat(folder, "", times.data(), AT_EMPTY_PATH);
}

Result<void> lock(int folder, const StepCancelled& cancelled) {
  while (::flock(folder, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return fail_errno(errno, "lock the source");
    if (cancelled && cancelled()) return fail(ErrorKind::cancelled, "the step was cancelled");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return {};
}

Result<void> write_data(const SandboxMount& mount, int parent, const std::string& name) {
  const Fd file =
      MBUILD_TRY(fs_at::open(parent, name, O_WRONLY | O_CREAT | O_EXCL, fs_at::Links::refuse, 0600));
  for (std::string_view rest = mount.data; !rest.empty();) {
    const ssize_t size = ::write(file.get(), rest.data(), rest.size());
    if (size < 0) return fail_errno(errno, "write " + mount.target);
    rest.remove_prefix(static_cast<std::size_t>(size));
  }
  if (::fchown(file.get(), mount.uid, mount.gid) != 0 || ::fchmod(file.get(), mount.mode) != 0) {
    return fail_errno(errno, "set owner and mode of " + mount.target);
  }
  return {};
}

Result<void> make_empty(const SandboxMount& mount, int parent, const std::string& name) {
  if (::mkdirat(parent, name.c_str(), mount.mode) != 0) return fail_errno(errno, "make " + mount.target);
  const Fd made = MBUILD_TRY(open_folder(parent, name));
  if (::fchown(made.get(), mount.uid, mount.gid) != 0 || ::fchmod(made.get(), mount.mode) != 0) {
    return fail_errno(errno, "set owner and mode of " + mount.target);
  }
  return {};
}

}  // namespace

StandIns::~StandIns() {
  [[maybe_unused]] const auto restored = restore();
}

Result<void> StandIns::make_holding_folder() {
  if (holding_) return {};
  beside_ =
      MBUILD_TRY(fs_at::open_trusted("/proc/self/fd/" + std::to_string(root_) + "/..", O_PATH | O_DIRECTORY));
  struct stat root {};
  struct stat beside {};
  if (::fstat(root_, &root) != 0 || ::fstat(beside_.get(), &beside) != 0)
    return fail_errno(errno, "stat the root");
  if (same_file(root, beside)) return fail(ErrorKind::unsupported, "the root is the root of a file system");
  for (int i = 0; i < most_holding_folders && !holding_; ++i) {
    holding_name_ = "held-" + std::to_string(::getpid()) + "-" + std::to_string(i);
    if (::mkdirat(beside_.get(), holding_name_.c_str(), 0700) == 0) {
      holding_ = MBUILD_TRY(open_folder(beside_.get(), holding_name_));
    } else if (errno != EEXIST) {
      return fail_errno(errno, "make a folder beside the root");
    }
  }
  return {};
}

// Takes away what is at `target`, which may have been made only now, and remembers to put it back.
Result<StandIns::Entry*> StandIns::clear(std::string_view target, MountPoints::Kind kind) {
  MBUILD_CHECK(make_holding_folder());
  MountPoints::Place place = MBUILD_TRY(mount_points_.find_or_make_place(target, kind));
  struct stat parent {};
  if (::fstat(place.parent.get(), &parent) != 0)
    return fail_errno(errno, "stat the parent of " + std::string(target));
  std::string held = std::to_string(entries_.size());
  if (::renameat(place.parent.get(), place.name.c_str(), holding_.get(), held.c_str()) != 0) {
    return fail_errno(errno, "move aside " + std::string(target));
  }
  entries_.push_back({std::move(place.parent), std::move(place.name), std::move(held), parent, {}, {}});
  return &entries_.back();
}

Result<void> StandIns::put_system_folders() {
  proc_ = MBUILD_TRY(mount_points_.find_or_make_kept("proc"));
  mount_points_.forbid(proc_.get());
  MBUILD_CHECK(mount_points_.find_or_make_kept("sys"));
  MBUILD_CHECK(mount_points_.find_or_make_kept("dev"));
  const Entry& entry = *MBUILD_TRY(clear("/dev", MountPoints::Kind::directory));
  if (::mkdirat(root_, "dev", 0755) != 0 || ::fchmodat(root_, "dev", 0755, 0) != 0)
    return fail_errno(errno, "make /dev");
  const Fd dev = MBUILD_TRY(open_folder(root_, entry.name));
  MBUILD_CHECK(fill_plain_dev(dev.get()));
  set_times(root_, entry.parent_status);
  return {};
}

Result<void> StandIns::put_mounts(const std::vector<SandboxMount>& mounts, const StepCancelled& cancelled) {
  for (const SandboxMount* mount : outermost_first(mounts)) {
    MBUILD_CHECK_AS("mount " + mount->target, put_mount(*mount, cancelled));
    set_times(entries_.back().parent.get(), entries_.back().parent_status);
  }
  return {};
}

Result<void> StandIns::put_mount(const SandboxMount& mount, const StepCancelled& cancelled) {
  if (mount.kind == SandboxMount::Kind::bind) return put_bind(mount, cancelled);
  const bool is_data = mount.kind == SandboxMount::Kind::data;
  const Entry& entry =
      *MBUILD_TRY(clear(mount.target, is_data ? MountPoints::Kind::file : MountPoints::Kind::directory));
  return is_data ? write_data(mount, entry.parent.get(), entry.name)
                 : make_empty(mount, entry.parent.get(), entry.name);
}

Result<void> StandIns::put_bind(const SandboxMount& mount, const StepCancelled& cancelled) {
  struct stat status {};
  if (::fstat(mount.source_fd, &status) != 0) return fail_errno(errno, "stat the source");
  if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) {
    return fail(ErrorKind::unsupported, "only files and folders can be had without mounts");
  }
  const bool is_folder = S_ISDIR(status.st_mode);
  Entry& entry =
      *MBUILD_TRY(clear(mount.target, is_folder ? MountPoints::Kind::directory : MountPoints::Kind::file));
  if (mount.read_only || !is_folder) return copy_tree(mount.source_fd, entry.parent.get(), entry.name);

  Fd lent = MBUILD_TRY(borrow(mount.source_fd, cancelled));
  MBUILD_CHECK(make_like(lent.get(), entry.parent.get(), entry.name));
  const Fd place = MBUILD_TRY(open_folder(entry.parent.get(), entry.name));
  entry.loan.emplace(MBUILD_TRY(LoanRecord::write(beside_.get(), lent.get(), place.get())));
  entry.lent = std::move(lent);
  return move_contents(entry.lent.get(), place.get());
}

Result<Fd> StandIns::borrow(int source, const StepCancelled& cancelled) {
  Fd folder = MBUILD_TRY(open_folder(source, "."));
  struct stat status {};
  if (::fstat(folder.get(), &status) != 0) return fail_errno(errno, "stat the source");
  for (const Entry& entry : entries_) {
    struct stat other {};
    if (entry.lent && ::fstat(entry.lent.get(), &other) == 0 && same_file(status, other)) {
      return fail(ErrorKind::unsupported, "without mounts a folder can be had in one place only");
    }
  }
  MBUILD_CHECK(lock(folder.get(), cancelled));
  return folder;
}

Result<void> StandIns::restore(Entry& entry) {
  struct stat parent {};
  if (::fstat(entry.parent.get(), &parent) != 0) return fail_errno(errno, "stat the parent of " + entry.name);
  if (entry.lent) {
    const auto place = open_folder(entry.parent.get(), entry.name);
    if (place) {
      auto moved = move_contents(place->get(), entry.lent.get());
      if (!moved && entry.loan) entry.loan->keep();
      MBUILD_CHECK(std::move(moved));
    }
  }
  MBUILD_CHECK(fs_at::remove_tree(entry.parent.get(), entry.name));
  if (::renameat(holding_.get(), entry.held.c_str(), entry.parent.get(), entry.name.c_str()) != 0) {
    // The step removed the folder, and with it what was in it.
    if (errno != ENOENT) return fail_errno(errno, "put back " + entry.name);
  }
  set_times(entry.parent.get(), parent);
  return {};
}

Result<void> StandIns::restore() {
  Result<void> result;
  for (; !entries_.empty(); entries_.pop_back()) {
    auto restored = restore(entries_.back());
    if (!restored && result) result = std::move(restored);
  }
  mount_points_.remove_unused();
  if (holding_) {
    holding_.reset();
    const auto removed = fs_at::remove_tree(beside_.get(), holding_name_);
    if (!removed && result) result = removed;
  }
  return result;
}

}  // namespace mbuild::builder
