#include "registry/base/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>

#include "registry/base/fs_at.h"

namespace mbuild {

namespace {

Result<std::string> temporary_name() {
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random) return fail_errno(errno, "get random bytes");
  return fmt::format("{}{:016x}", AtomicFile::kTemporaryPrefix, random);
}

// False when a sweep came between the making of the file and this and took it for abandoned. File systems
// without locks do without: there nothing is swept either.
bool hold(int fd) {
  while (::flock(fd, LOCK_EX) != 0 && errno == EINTR) {
  }
  struct stat status {};
  return ::fstat(fd, &status) != 0 || status.st_nlink != 0;
}

}  // namespace

void AtomicFile::sweep(int dir) {
  const auto names = fs_at::list(dir);
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    if (!name.starts_with(kTemporaryPrefix)) continue;
    const Fd file(::openat(dir, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0) ::unlinkat(dir, name.c_str(), 0);
  }
}

Result<AtomicFile> AtomicFile::create(int dir, std::string name, mode_t mode) {
  const std::string action = "create " + name;
  if (name.find('/') != std::string::npos) return fail(ErrorKind::internal, action + ": not a name");
  for (;;) {
    std::string temporary = MBUILD_TRY_AS(action, temporary_name());
    Fd fd(::openat(dir, temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!fd && (errno == EEXIST || errno == EINTR)) continue;
    if (!fd) return fail_errno(errno, action);
    if (!hold(fd.get())) continue;
    AtomicFile file(dir, std::move(name), std::move(temporary), std::move(fd));
    if (::fchmod(file.fd(), mode) != 0) return fail_errno(errno, action);  // whatever the umask
    return file;
  }
}

AtomicFile::AtomicFile(int dir, std::string name, std::string temporary, Fd fd)
    : dir_(dir), name_(std::move(name)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : dir_(other.dir_),
      name_(std::move(other.name_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this == &other) return *this;
  discard();
  dir_ = other.dir_;
  name_ = std::move(other.name_);
  temporary_ = std::exchange(other.temporary_, {});
  fd_ = std::move(other.fd_);
  return *this;
}

AtomicFile::~AtomicFile() {
  discard();
}

void AtomicFile::discard() {
  if (!temporary_.empty()) ::unlinkat(dir_, temporary_.c_str(), 0);
  temporary_.clear();
  fd_.reset();
}

Result<void> AtomicFile::write(ByteView data) {
  while (!data.empty()) {
    const ssize_t size = ::write(fd_.get(), data.data(), data.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno(errno, "write " + name_);
    data = data.subspan(static_cast<std::size_t>(size));
  }
  return {};
}

Result<void> AtomicFile::write(std::string_view text) {
  return write(bytes_of(text));
}

Result<void> AtomicFile::commit() {
  return commit_as(name_);
}

Result<void> AtomicFile::commit_as(const std::string& name) {
  if (temporary_.empty()) return fail(ErrorKind::internal, "commit " + name + ": nothing is being written");
  // The lock lasts until the file has its name.
  const Fd lock(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
  // Network file systems report what went wrong with earlier writes when the file is closed.
  if (::close(fd_.release()) != 0 && errno != EINTR) {
    const int errnum = errno;
    discard();
    return fail_errno(errnum, "write " + name);
  }
  if (::renameat(dir_, temporary_.c_str(), dir_, name.c_str()) != 0) {
    const int errnum = errno;
    discard();
    return fail_errno(errnum, "rename to " + name);
  }
  temporary_.clear();
  return {};
}

}  // namespace mbuild
