#include "builder/exec/copy_data.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace mbuild::builder {

namespace {

constexpr std::uint64_t kMostAtOnce = std::uint64_t{1} << 30;
constexpr std::size_t kBuffer = 128 << 10;

std::array<std::byte, kBuffer>& buffer() {
  thread_local std::array<std::byte, kBuffer> bytes;
  return bytes;
}

Result<void> write_all(int to, ByteView data) {
  while (!data.empty()) {
    const ssize_t count = ::write(to, data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "write");
    data = data.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

// Calls `use` for every piece.
template <class Use>
Result<std::uint64_t> copy_through_memory(int from, int to, std::uint64_t size, const Use& use) {
  std::uint64_t done = 0;
  while (done < size) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size - done, kBuffer));
    const ssize_t count = ::read(from, buffer().data(), wanted);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "read");
    if (count == 0) break;
    const ByteView piece(buffer().data(), static_cast<std::size_t>(count));
    use(piece);
    MBUILD_CHECK(write_all(to, piece));
    done += static_cast<std::uint64_t>(count);
  }
  return done;
}

// The kernel cannot do it for these two files; reading and writing can.
bool not_in_kernel(int errnum) {
  return errnum == EXDEV || errnum == ENOSYS || errnum == EOPNOTSUPP || errnum == EINVAL || errnum == EPERM;
}

}  // namespace

Result<std::uint64_t> copy_data(int from, int to, std::uint64_t size) {
  std::uint64_t done = 0;
  while (done < size) {
    const std::size_t wanted = static_cast<std::size_t>(std::min(size - done, kMostAtOnce));
    const ssize_t count = ::copy_file_range(from, nullptr, to, nullptr, wanted, 0);
    if (count < 0 && errno == EINTR) continue;
    // Some pseudo file systems say 0 for files that have something to read.
    if (count == 0 || (count < 0 && not_in_kernel(errno))) {
      return done + MBUILD_TRY(copy_through_memory(from, to, size - done, [](ByteView) {}));
    }
    if (count < 0) return fail_errno(errno, "copy");
    done += static_cast<std::uint64_t>(count);
  }
  return done;
}

Result<HashedCopy> copy_and_hash(int from, int to, std::uint64_t size) {
  oci::Sha256 hash;
  HashedCopy copied;
  copied.size = MBUILD_TRY(copy_through_memory(from, to, size, [&](ByteView piece) { hash.update(piece); }));
  copied.digest = hash.finish();
  return copied;
}

}  // namespace mbuild::builder
