#include "registry/base/copy_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace mbuild {

namespace {

constexpr std::size_t kBufferSize = 1 << 20;

class FileCopy {
 public:
  FileCopy(int source, int target) : source_(source), target_(target) {}

  // Copies [begin, end) or up to the source's end. Gives where it stopped.
  Result<off_t> extent(off_t begin, off_t end) {
    off_t position = begin;
    while (in_kernel_ && position < end) {
      off_t to = position;
      const ssize_t size =
          ::copy_file_range(source_, &position, target_, &to, static_cast<std::size_t>(end - position), 0);
      if (size > 0 || (size < 0 && errno == EINTR)) continue;
      if (size < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO))
        return fail_errno(errno, "copy file");
      in_kernel_ = false;  // these file systems cannot, or pretend that the file is empty (FUSE, procfs)
    }
    return through_memory(position, end);
  }

 private:
  Result<off_t> through_memory(off_t position, off_t end) {
    while (position < end) {
      buffer_.resize(kBufferSize);
      const std::size_t wanted =
          std::min<std::size_t>(buffer_.size(), static_cast<std::size_t>(end - position));
      const ssize_t size = ::pread(source_, buffer_.data(), wanted, position);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return fail_errno(errno, "read file");
      if (size == 0) break;
      for (ssize_t done = 0; done < size;) {
        const ssize_t written =
            ::pwrite(target_, buffer_.data() + done, static_cast<std::size_t>(size - done), position + done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail_errno(errno, "write file");
        done += written;
      }
      position += size;
    }
    return position;
  }

  int source_;
  int target_;
  bool in_kernel_ = true;
  std::vector<char> buffer_;
};

}  // namespace

Result<std::uint64_t> copy_file(int source, int target) {
  struct stat status {};
  if (::fstat(source, &status) != 0) return fail_errno(errno, "stat file");
  if (status.st_size == 0) return 0;
  if (::ioctl(target, FICLONE, source) == 0) return static_cast<std::uint64_t>(status.st_size);

  FileCopy copy(source, target);
  const bool sparse = status.st_blocks * 512 < status.st_size;
  if (!sparse) return static_cast<std::uint64_t>(MBUILD_TRY(copy.extent(0, status.st_size)));
  for (off_t position = 0; position < status.st_size;) {
    const off_t data = ::lseek(source, position, SEEK_DATA);
    if (data < 0) break;  // ENXIO: nothing but a hole is left
    const off_t hole = std::min<off_t>(::lseek(source, data, SEEK_HOLE), status.st_size);
    if (hole <= data) break;
    position = MBUILD_TRY(copy.extent(data, hole));
    if (position < hole) return static_cast<std::uint64_t>(position);
  }
  if (::ftruncate(target, status.st_size) != 0) return fail_errno(errno, "extend file");
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace mbuild
