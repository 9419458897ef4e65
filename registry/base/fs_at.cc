#include "registry/base/fs_at.h"

#include <dirent.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <span>

#include "registry/base/syscalls.h"
#include "registry/base/thread_buffer.h"

namespace mbuild::fs_at {

namespace {

constexpr int kRaceRetries = 128;

std::uint64_t resolve_flags(Links links) {
  switch (links) {
    case Links::in_root:
      return RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    case Links::refuse:
      return RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  }
  return RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
}

bool creates(int flags) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

// Opens or gives -1 with errno. openat2 refuses a mode that it has no use for, and says EAGAIN when a rename
// elsewhere made it unsure that the path stays beneath `dir`.
int open_raw(int dir, std::string_view path, int flags, Links links, mode_t mode) {
  if (path.find('\0') != std::string_view::npos) {
    errno = EINVAL;
    return -1;
  }
  const std::string text(path.empty() ? "." : path);
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  how.mode = creates(flags) ? mode : 0;
  how.resolve = resolve_flags(links);
  for (int attempt = 0;; ++attempt) {
    const int fd = syscalls::openat2(dir, text.c_str(), how);
    if (fd >= 0) return fd;
    if (errno == EINTR || (errno == EAGAIN && attempt < kRaceRetries)) continue;
    return -1;
  }
}

std::unexpected<Error> open_failure(int errnum, std::string_view path, Links links) {
  const std::string action = "open " + std::string(path.empty() ? "." : path);
  if (errnum == EXDEV) return fail(ErrorKind::invalid_input, action + ": the path leads out of its root");
  if (errnum == ELOOP && links == Links::refuse) {
    return fail(ErrorKind::invalid_input, action + ": a symbolic link is in the way");
  }
  if (errnum == ENOSYS) {
    return fail(ErrorKind::unsupported, action + ": the kernel has no openat2: Linux 5.6 or newer is needed");
  }
  return fail_errno(errnum, action);
}

bool absent(int errnum, int flags) {
  return errnum == ENOENT || (errnum == ENOTDIR && (flags & O_DIRECTORY) == 0);
}

Result<std::optional<struct stat>> stat_of(int fd, std::string_view path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail_errno(errno, "stat " + std::string(path));
  return status;
}

}  // namespace

Result<Fd> open(int dir, std::string_view path, int flags, Links links, mode_t mode) {
  Fd fd(open_raw(dir, path, flags, links, mode));
  if (!fd) return open_failure(errno, path, links);
  return fd;
}

Result<std::optional<Fd>> open_if_exists(int dir, std::string_view path, int flags, Links links) {
  Fd fd(open_raw(dir, path, flags, links, 0));
  if (fd) return std::optional<Fd>(std::move(fd));
  if (absent(errno, flags)) return std::nullopt;
  return open_failure(errno, path, links);
}

Result<Fd> open_trusted(const std::string& path, int flags, mode_t mode) {
  for (;;) {
    Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
    if (fd) return fd;
    if (errno != EINTR) return fail_errno(errno, "open " + path);
  }
}

Result<std::optional<struct stat>> stat_if_exists(int dir, std::string_view path, Links links) {
  const bool one_name = !path.empty() && path != ".." && path.find('/') == std::string_view::npos &&
                        path.find('\0') == std::string_view::npos;
  if (one_name) {  // nothing to resolve, so nothing to escape by
    struct stat status {};
    if (::fstatat(dir, std::string(path).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return status;
    if (absent(errno, 0)) return std::nullopt;
    return fail_errno(errno, "stat " + std::string(path));
  }
  const Fd fd(open_raw(dir, path, O_PATH | O_NOFOLLOW, links, 0));
  if (fd) return stat_of(fd.get(), path);
  if (absent(errno, 0)) return std::nullopt;
  return open_failure(errno, path, links);
}

Result<std::vector<std::string>> list(int dir) {
  const Fd fd = MBUILD_TRY_AS("list directory", open(dir, ".", O_RDONLY | O_DIRECTORY, Links::refuse));
  return list_opened(fd.get());
}

// Not readdir(3): its stream costs a stat, an fcntl and a buffer for every directory.
Result<std::vector<std::string>> list_opened(int dir) {
  const std::span<std::byte> buffer = thread_buffer();
  std::vector<std::string> names;
  for (;;) {
    const ssize_t size = ::getdents64(dir, buffer.data(), buffer.size());
    if (size < 0) return fail_errno(errno, "list directory");
    if (size == 0) break;
    const std::byte* const end = buffer.data() + size;
    for (const std::byte* at = buffer.data(); at < end;) {
      const auto* entry = reinterpret_cast<const dirent64*>(at);
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
      at += entry->d_reclen;
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> read_file(int dir, std::string_view path, Links links, std::uint64_t limit) {
  const std::string action = "read " + std::string(path);
  // Looked at before it is opened for reading: opening a device can act on it, a FIFO can block.
  const Fd seen = MBUILD_TRY(open(dir, path, O_PATH, links));
  const auto status = MBUILD_TRY(stat_of(seen.get(), path));
  if (!S_ISREG(status->st_mode)) return fail(ErrorKind::invalid_input, action + ": not a regular file");
  const auto too_large = [&] {
    return fail(ErrorKind::invalid_input, action + ": larger than " + std::to_string(limit) + " bytes");
  };
  if (static_cast<std::uint64_t>(status->st_size) > limit) return too_large();

  const Fd fd = MBUILD_TRY(open(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, links));
  std::string contents;
  std::array<char, 64 << 10> buffer;
  for (;;) {
    const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno(errno, action);
    if (size == 0) return contents;
    contents.append(buffer.data(), static_cast<std::size_t>(size));
    if (contents.size() > limit) return too_large();
  }
}

Result<std::string> read_link(int dir, const std::string& name) {
  if (name.find('/') != std::string::npos)
    return fail(ErrorKind::internal, "read link " + name + ": not a name");
  std::string target(256, '\0');
  for (;;) {
    const ssize_t size = ::readlinkat(dir, name.c_str(), target.data(), target.size());
    if (size < 0) return fail_errno(errno, "read link " + name);
    if (static_cast<std::size_t>(size) < target.size()) {
      target.resize(static_cast<std::size_t>(size));
      return target;
    }
    target.resize(target.size() * 2);
  }
}

}  // namespace mbuild::fs_at
