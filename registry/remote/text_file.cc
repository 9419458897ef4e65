#include "registry/remote/text_file.h"

#include <fcntl.h>

#include <array>

#include "registry/base/fd.h"

namespace mbuild::remote {

Result<std::optional<std::string>> read_text_file(const std::string& path) {
  constexpr std::size_t kLimit = 1 << 20;
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!fd) return fail_errno(errno, "open " + path);
  std::string text;
  std::array<char, 16384> buffer;
  for (;;) {
    ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "read " + path);
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > kLimit) return fail(ErrorKind::invalid_input, "read " + path + ": larger than 1 MB");
  }
}

}  // namespace mbuild::remote
