#include "registry/base/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>

namespace mbuild {

namespace {

Result<std::string> temporary_name() {
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random) return fail_errno(errno, "get random bytes");
  return fmt::format("{}{:016x}", AtomicFile::kTemporaryPrefix, random);
}

}  // namespace

Result<AtomicFile> AtomicFile::create(int dir, std::string name, mode_t mode) {
  const std::string action = "create " + name;
  if (name.find('/') != std::string::npos) return fail(ErrorKind::internal, action + ": not a name");
  for (;;) {
    std::string temporary = MBUILD_TRY_AS(action, temporary_name());
    Fd fd(::openat(dir, temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!fd && (errno == EEXIST || errno == EINTR)) continue;
    if (!fd) return fail_errno(errno, action);
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
