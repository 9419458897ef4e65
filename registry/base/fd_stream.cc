#include "registry/base/fd_stream.h"

#include <unistd.h>

#include <cerrno>

namespace mbuild {

Result<std::size_t> FdSource::read(std::span<std::byte> buffer) {
  for (;;) {
    const ssize_t size = ::read(fd_.get(), buffer.data(), buffer.size());
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno != EINTR) return fail_errno(errno, "read " + name_);
  }
}

Result<void> FdSink::write(ByteView data) {
  while (!data.empty()) {
    const ssize_t size = ::write(fd_, data.data(), data.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno(errno, "write " + name_);
    data = data.subspan(static_cast<std::size_t>(size));
  }
  return {};
}

}  // namespace mbuild
