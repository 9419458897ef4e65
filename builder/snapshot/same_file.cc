#include "builder/snapshot/same_file.h"

#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <string>

namespace mbuild::builder {

namespace {

constexpr std::size_t kReadSize = 128 << 10;

Result<std::string> capability_of(int fd) {
  std::array<char, 256> value{};
  const ssize_t size = ::fgetxattr(fd, "security.capability", value.data(), value.size());
  if (size >= 0) return std::string(value.data(), static_cast<std::size_t>(size));
  if (errno == ENODATA || errno == ENOTSUP) return std::string();
  return fail_errno(errno, "read security.capability");
}

// Fills the buffer unless the file ends.
Result<std::size_t> read_full(int fd, std::span<std::byte> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t size = ::read(fd, buffer.data() + filled, buffer.size() - filled);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno(errno, "read");
    if (size == 0) break;
    filled += static_cast<std::size_t>(size);
  }
  return filled;
}

}  // namespace

bool same_metadata(const DirectoryEntry& a, const DirectoryEntry& b) {
  const FileStatus& x = a.status;
  const FileStatus& y = b.status;
  if (x.mode != y.mode || x.uid != y.uid || x.gid != y.gid) return false;
  if (x.is_directory()) return true;
  if ((S_ISCHR(x.mode) || S_ISBLK(x.mode)) && x.device != y.device) return false;
  return x.size == y.size && whole_seconds(x.mtime) == whole_seconds(y.mtime) && a.link == b.link;
}

Result<bool> same_content(int a, int b) {
  if (MBUILD_TRY(capability_of(a)) != MBUILD_TRY(capability_of(b))) return false;
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(2 * kReadSize);
  for (;;) {
    const std::size_t size = MBUILD_TRY(read_full(a, {buffer.get(), kReadSize}));
    const std::size_t other = MBUILD_TRY(read_full(b, {buffer.get() + kReadSize, kReadSize}));
    if (size != other || std::memcmp(buffer.get(), buffer.get() + kReadSize, size) != 0) return false;
    if (size < kReadSize) return true;
  }
}

}  // namespace mbuild::builder
