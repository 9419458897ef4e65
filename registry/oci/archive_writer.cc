#include "registry/oci/archive_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "registry/oci/tar_header.h"

namespace mbuild::oci {

namespace {

// Large enough to make the cost of a write or a hand-over between threads vanish, small enough that the bytes
// are still in the processor's cache when the sink hashes them.
constexpr std::size_t kBufferSize = 256 << 10;

}  // namespace

ArchiveWriter::ArchiveWriter(ByteSink& sink)
    : sink_(sink), buffer_(std::make_unique_for_overwrite<std::byte[]>(kBufferSize)) {}

Result<void> ArchiveWriter::flush() {
  if (used_ == 0) return {};
  return sink_.write(ByteView(buffer_.get(), std::exchange(used_, 0)));
}

Result<void> ArchiveWriter::begin(const Entry& entry) {
  header_.clear();
  MBUILD_CHECK(append_tar_header(entry, header_));
  size_ += header_.size();
  if (header_.size() > kBufferSize - used_) MBUILD_CHECK(flush());
  if (header_.size() > kBufferSize) return sink_.write(std::as_bytes(std::span(header_)));
  std::memcpy(buffer_.get() + used_, header_.data(), header_.size());
  used_ += header_.size();
  return {};
}

Result<void> ArchiveWriter::add_zeros(std::size_t count) {
  if (count > kBufferSize - used_) MBUILD_CHECK(flush());
  std::memset(buffer_.get() + used_, 0, count);
  used_ += count;
  size_ += count;
  return {};
}

// `read` fills a prefix of the span it is given and is told the offset; 0 bytes mean the end.
template <class Read>
Result<void> ArchiveWriter::copy(const Entry& entry, Read read) {
  MBUILD_CHECK(begin(entry));
  for (std::uint64_t done = 0; done < entry.size;) {
    if (used_ == kBufferSize) MBUILD_CHECK(flush());
    const std::size_t wanted = std::min<std::uint64_t>(entry.size - done, kBufferSize - used_);
    const std::size_t size = MBUILD_TRY_AS(entry.path, read({buffer_.get() + used_, wanted}, done));
    if (size == 0)
      return fail(ErrorKind::corrupt, entry.path + ": the file became shorter while it was read");
    used_ += size;
    size_ += size;
    done += size;
  }
  return add_zeros(tar_padding(entry.size));
}

Result<void> ArchiveWriter::add(const Entry& entry) {
  if (entry.type == EntryType::regular && entry.size != 0) {
    return fail(ErrorKind::internal, entry.path + ": a regular file without its data");
  }
  return begin(entry);
}

Result<void> ArchiveWriter::add(const Entry& entry, int file) {
  if (entry.type != EntryType::regular) return fail(ErrorKind::internal, entry.path + ": not a regular file");
  return copy(entry, [&](std::span<std::byte> buffer, std::uint64_t offset) -> Result<std::size_t> {
    for (;;) {
      const ssize_t size = ::pread(file, buffer.data(), buffer.size(), static_cast<off_t>(offset));
      if (size >= 0) return static_cast<std::size_t>(size);
      if (errno != EINTR) return fail_errno(errno, "read");
    }
  });
}

Result<void> ArchiveWriter::add(const Entry& entry, ByteView data) {
  if (entry.type != EntryType::regular || entry.size != data.size())
    return fail(ErrorKind::internal, entry.path + ": not the data of a regular file");
  return copy(entry, [&](std::span<std::byte> buffer, std::uint64_t offset) -> Result<std::size_t> {
    std::memcpy(buffer.data(), data.data() + offset, buffer.size());
    return buffer.size();
  });
}

Result<void> ArchiveWriter::add(const Entry& entry, ByteSource& data) {
  if (entry.type != EntryType::regular) return fail(ErrorKind::internal, entry.path + ": not a regular file");
  MBUILD_CHECK(copy(entry, [&](std::span<std::byte> buffer, std::uint64_t) { return data.read(buffer); }));
  std::byte more;
  if (MBUILD_TRY_AS(entry.path, data.read({&more, 1})) != 0) {
    return fail(ErrorKind::corrupt, entry.path + ": more data than its size says");
  }
  return {};
}

Result<void> ArchiveWriter::finish() {
  MBUILD_CHECK(add_zeros(2 * kTarBlock));
  return flush();
}

}  // namespace mbuild::oci
