#include "builder/snapshot/work_area.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "registry/base/file_lock.h"
#include "registry/base/fs_at.h"
#include "registry/base/loan.h"

namespace mbuild::builder {

namespace {

constexpr const char* kLock = WorkArea::kLockFile;
// Removing a directory is slow on file systems that tell the device of every freed block at once. The threads
// wait more than they compute.
constexpr unsigned kLaterThreads = 2;

Result<Fd> make_private_directory(int parent, const std::string& name) {
  if (::mkdirat(parent, name.c_str(), 0700) != 0) return fail_errno(errno, "make directory " + name);
  return fs_at::open(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, fs_at::Links::refuse);
}

Result<void> lock(int fd) {
  while (::flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) return fail_errno(errno, "lock");
  }
  return {};
}

// A session without a lock file was cut off between the two steps that make it, or half removed.
Result<bool> is_dead(int work, const std::string& name, Fd& held) {
  held = Fd(::openat(work, (name + "/" + kLock).c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (!held) {
    if (errno == ENOENT || errno == ENOTDIR) return true;
    return fail_errno(errno, "open " + name + "/" + kLock);
  }
  return ::flock(held.get(), LOCK_EX | LOCK_NB) == 0;
}

// The locks of the dead sessions stay held, so that nobody else removes the same.
struct DeadSession {
  std::string name;
  Fd lock;
};

// Brings back what steps of the session had borrowed and nobody brought back; false when that has to be tried
// again.
bool settle(int work, const std::string& name) {
  const auto session = fs_at::open(work, name, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse);
  const auto folders = session ? fs_at::list(session->get()) : std::unexpected(session.error());
  if (!folders) return true;
  bool settled = true;
  for (const std::string& folder : *folders) {
    const auto opened = fs_at::open(session->get(), folder, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse);
    if (opened && !return_loans(opened->get()).value_or(true)) settled = false;
  }
  return settled;
}

// Those that nothing is to be had from any more.
Result<std::vector<DeadSession>> find_dead(int work) {
  std::vector<DeadSession> dead;
  for (const std::string& name : MBUILD_TRY(fs_at::list(work))) {
    if (name == kLock) continue;
    Fd held;
    if (!MBUILD_TRY(is_dead(work, name, held)) || !settle(work, name)) continue;
    // Its lock is held from here on, as by the living: what it had written there pins nothing any more.
    if (held && ::ftruncate(held.get(), 0) != 0) continue;
    dead.push_back({name, std::move(held)});
  }
  return dead;
}

// Making a session and looking for dead ones exclude each other: a session in the making looks dead. So
// whoever has made one finds returned what dead ones had borrowed.
Result<FileLock> hold_gate(int work, const std::string& folder) {
  return MBUILD_TRY_AS(folder, FileLock::take(work, kLock, LockKind::exclusive));
}

}  // namespace

WorkFolder::WorkFolder(WorkFolder&& other) noexcept
    : area_(std::exchange(other.area_, nullptr)), name_(std::move(other.name_)), fd_(std::move(other.fd_)) {}

WorkFolder& WorkFolder::operator=(WorkFolder&& other) noexcept {
  remove();
  area_ = std::exchange(other.area_, nullptr);
  name_ = std::move(other.name_);
  fd_ = std::move(other.fd_);
  return *this;
}

WorkFolder::~WorkFolder() {
  remove();
}

std::string WorkFolder::path() const {
  return area_ ? area_->path_ + "/" + name_ : name_;
}

Result<bool> WorkFolder::move_out(int directory, const std::string& name) {
  const int session = area_->folder();
  int moved = ::renameat2(session, name_.c_str(), directory, name.c_str(), RENAME_NOREPLACE);
  // File systems without that flag (NFS) refuse to replace a directory that is not empty.
  if (moved != 0 && errno == EINVAL) moved = ::renameat(session, name_.c_str(), directory, name.c_str());
  if (moved == 0) {
    area_ = nullptr;
    return true;
  }
  if (errno == EEXIST || errno == ENOTEMPTY) return false;
  return fail_errno(errno, "rename " + path());
}

void WorkFolder::remove() {
  if (area_) area_->run_later([area = area_, name = std::move(name_)] { area->recycle(name); });
  area_ = nullptr;
  fd_.reset();
}

WorkArea::Session::Session(int work_folder, std::string folder_name, Fd opened, Fd held)
    : work(work_folder), name(std::move(folder_name)), folder(std::move(opened)), lock(std::move(held)) {}

WorkArea::Session::~Session() {
  if (settle(work, name)) (void)fs_at::remove_tree(work, name);
}

Result<std::unique_ptr<WorkArea::Session>> WorkArea::make_session(int work) {
  for (unsigned n = 0;; ++n) {
    std::string name = fmt::format("{}-{}", ::getpid(), n);
    auto folder = make_private_directory(work, name);
    if (!folder) {
      if (::faccessat(work, name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) continue;
      return std::unexpected(std::move(folder).error());
    }
    Fd held(::openat(folder->get(), kLock, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!held) return fail_errno(errno, "make " + name + "/" + kLock);
    MBUILD_CHECK(lock(held.get()));
    return std::make_unique<Session>(work, std::move(name), std::move(*folder), std::move(held));
  }
}

Result<std::unique_ptr<WorkArea>> WorkArea::open(const std::string& folder) {
  Fd work = MBUILD_TRY(fs_at::open_trusted(folder, O_RDONLY | O_DIRECTORY));
  std::vector<DeadSession> dead;
  std::unique_ptr<Session> session;
  {
    const FileLock gate = MBUILD_TRY(hold_gate(work.get(), folder));
    dead = MBUILD_TRY_AS(folder, find_dead(work.get()));
    session = MBUILD_TRY_AS(folder, make_session(work.get()));
  }
  const int fd = work.get();
  std::string path = folder + "/" + session->name;
  auto area = std::unique_ptr<WorkArea>(new WorkArea(std::move(work), std::move(path), std::move(session)));
  // Best effort: another process may be doing the same, and the next start tries again.
  if (!dead.empty()) {
    area->run_later([fd, dead = std::move(dead)] {
      for (const DeadSession& left : dead) (void)fs_at::remove_tree(fd, left.name);
    });
  }
  return area;
}

Result<std::vector<std::string>> WorkArea::abandoned(const std::string& folder) {
  const Fd work = MBUILD_TRY(fs_at::open_trusted(folder, O_RDONLY | O_DIRECTORY));
  const FileLock gate = MBUILD_TRY(hold_gate(work.get(), folder));
  std::vector<std::string> names;
  for (const DeadSession& dead : MBUILD_TRY_AS(folder, find_dead(work.get()))) names.push_back(dead.name);
  return names;
}

WorkArea::WorkArea(Fd work, std::string path, std::unique_ptr<Session> session)
    : work_(std::move(work)), path_(std::move(path)), session_(std::move(session)), later_(kLaterThreads) {}

Result<WorkFolder> WorkArea::make_folder() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Idle idle = std::move(idle_.back());
      idle_.pop_back();
      return WorkFolder(this, std::move(idle.name), std::move(idle.folder));
    }
  }
  std::string name = next_name();
  Fd fd = MBUILD_TRY_AS(path_, make_private_directory(folder(), name));
  return WorkFolder(this, std::move(name), std::move(fd));
}

// Empties the folder for the next that wants one. What cannot be removed now, the next start removes; so is
// one that holds what was borrowed and cannot be returned yet.
void WorkArea::recycle(const std::string& name) {
  auto emptied = fs_at::open(folder(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, fs_at::Links::refuse);
  auto entries = emptied ? fs_at::list(emptied->get()) : std::unexpected(emptied.error());
  bool empty = entries.has_value();
  if (empty && std::ranges::any_of(*entries, is_loan_record) && !return_loans(emptied->get()).value_or(true))
    return;
  for (std::size_t i = 0; empty && i < entries->size(); ++i) {
    empty = fs_at::remove_tree(emptied->get(), (*entries)[i]).has_value();
  }
  if (!empty) {
    (void)fs_at::remove_tree(folder(), name);
    return;
  }
  const std::lock_guard lock(mutex_);
  idle_.push_back({name, std::move(*emptied)});
}

Result<WorkFolder> WorkArea::move_in(int directory, const std::string& name) {
  std::string own = next_name();
  if (::renameat(directory, name.c_str(), folder(), own.c_str()) != 0) {
    return fail_errno(errno, "rename to " + path_ + "/" + own);
  }
  return WorkFolder(this, std::move(own), Fd());
}

}  // namespace mbuild::builder
