#include "builder/snapshot/work_area.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <vector>

#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr char kLock[] = "lock";

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

Result<std::vector<DeadSession>> find_dead(int work) {
  std::vector<DeadSession> dead;
  for (const std::string& name : MBUILD_TRY(fs_at::list(work))) {
    if (name == kLock) continue;
    Fd held;
    if (MBUILD_TRY(is_dead(work, name, held))) dead.push_back({name, std::move(held)});
  }
  return dead;
}

struct Session {
  std::string name;
  Fd folder;
  Fd lock;
};

Result<Session> make_session(int work) {
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
    return Session{std::move(name), std::move(*folder), std::move(held)};
  }
}

}  // namespace

WorkFolder::WorkFolder(std::shared_ptr<const Fd> session, std::string name, std::string path, Fd fd)
    : session_(std::move(session)), name_(std::move(name)), path_(std::move(path)), fd_(std::move(fd)) {}

WorkFolder& WorkFolder::operator=(WorkFolder&& other) noexcept {
  remove();
  session_ = std::move(other.session_);
  name_ = std::move(other.name_);
  path_ = std::move(other.path_);
  fd_ = std::move(other.fd_);
  return *this;
}

WorkFolder::~WorkFolder() {
  remove();
}

// What cannot be removed now is removed by the next start.
void WorkFolder::remove() {
  if (fd_) (void)fs_at::remove_tree(session_->get(), name_);
  fd_.reset();
}

Result<std::unique_ptr<WorkArea>> WorkArea::open(const std::string& folder) {
  Fd work = MBUILD_TRY(fs_at::open_trusted(folder, O_RDONLY | O_DIRECTORY));
  std::vector<DeadSession> dead;
  Session session;
  {
    // Making a session and looking for dead ones exclude each other: a session in the making looks dead.
    const Fd gate(::openat(work.get(), kLock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!gate) return fail_errno(errno, "open " + folder + "/" + kLock);
    MBUILD_CHECK_AS(folder, lock(gate.get()));
    dead = MBUILD_TRY_AS(folder, find_dead(work.get()));
    session = MBUILD_TRY_AS(folder, make_session(work.get()));
  }
  // Best effort: another process may be doing the same, and the next start tries again.
  for (const DeadSession& left : dead) (void)fs_at::remove_tree(work.get(), left.name);
  return std::unique_ptr<WorkArea>(new WorkArea(std::move(work), session.name, folder + "/" + session.name,
                                                std::move(session.folder), std::move(session.lock)));
}

WorkArea::WorkArea(Fd work, std::string name, std::string path, Fd session, Fd lock)
    : work_(std::move(work)),
      name_(std::move(name)),
      path_(std::move(path)),
      session_(std::make_shared<const Fd>(std::move(session))),
      lock_(std::move(lock)) {}

// The lock is let go last, when its file is already gone.
WorkArea::~WorkArea() {
  (void)fs_at::remove_tree(work_.get(), name_);
}

Result<WorkFolder> WorkArea::make_folder() {
  std::string name = std::to_string(next_++);
  Fd fd = MBUILD_TRY_AS(path_, make_private_directory(session_->get(), name));
  std::string path = path_ + "/" + name;
  return WorkFolder(session_, std::move(name), std::move(path), std::move(fd));
}

}  // namespace mbuild::builder
