#include "builder/build/trusted_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "registry/base/fs_at.h"

namespace mbuild::builder {

Result<std::string> read_trusted_file(const std::string& path, std::uint64_t limit) {
  // A pipe that nobody writes to, such as one in a context, must not hold the build up.
  Fd file = MBUILD_TRY(fs_at::open_trusted(path, O_RDONLY | O_NONBLOCK));
  std::string content;
  std::array<char, 64 << 10> buffer;
  while (true) {
    ssize_t size = read(file.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {
      pollfd ready{file.get(), POLLIN, 0};
      ::poll(&ready, 1, -1);
      continue;
    }
    if (size < 0) return fail_errno(errno, "read " + path);
    if (size == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(size));
    if (content.size() > limit)
      return fail(ErrorKind::invalid_input, fmt::format("read {}: larger than {} bytes", path, limit));
  }
}

}  // namespace mbuild::builder
