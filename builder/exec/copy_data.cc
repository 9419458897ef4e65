#include "builder/exec/copy_data.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include "registry/base/thread_buffer.h"

namespace mbuild::builder {

namespace {

Result<void> write_all(int to, ByteView data) {
  while (!data.empty()) {
    const ssize_t count = ::write(to, data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "write");
    data = data.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

Result<std::uint64_t> copy_data(int from, int to, std::uint64_t size, oci::Sha256* hash) {
  const std::span<std::byte> buffer = thread_buffer();
  std::uint64_t done = 0;
  while (done < size) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size - done, buffer.size()));
    const ssize_t count = ::read(from, buffer.data(), wanted);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "read");
    if (count == 0) break;
    const ByteView piece(buffer.data(), static_cast<std::size_t>(count));
    if (hash != nullptr) hash->update(piece);
    MBUILD_CHECK(write_all(to, piece));
    done += static_cast<std::uint64_t>(count);
  }
  return done;
}

}  // namespace mbuild::builder
