#include "builder/sandbox/host_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "registry/base/fs_at.h"

namespace mbuild::builder {

Result<std::string> read_host_file(const std::string& path, std::uint64_t limit) {
  const Fd file = MBUILD_TRY(fs_at::open_trusted(path, O_RDONLY));
  std::string contents;
  std::array<char, 16 << 10> buffer;
  for (;;) {
    const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno(errno, "read " + path);
    if (size == 0) return contents;
    contents.append(buffer.data(), static_cast<std::size_t>(size));
    if (contents.size() > limit) {
      return fail(ErrorKind::invalid_input,
                  "read " + path + ": larger than " + std::to_string(limit) + " bytes");
    }
  }
}

}  // namespace mbuild::builder
