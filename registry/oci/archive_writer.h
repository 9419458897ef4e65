// ArchiveWriter: tar archives whose bytes are a function of their entries alone.
#pragma once

#include <cstdint>
#include <memory>

#include "registry/base/stream.h"
#include "registry/oci/entry.h"

namespace mbuild::oci {

// Writes the members it is given, in that order, and nothing else (see append_tar_header() for the format).
// Gathers small members into large writes. Any failure ends its use. Not thread-safe.
class ArchiveWriter {
 public:
  explicit ArchiveWriter(ByteSink& sink);  // borrowed until finish()

  // A member without data: anything but a regular file that has some.
  Result<void> add(const Entry& entry);
  // A regular file and its `entry.size` bytes, read from the descriptor at offset 0 on. A file that turns out
  // shorter is `corrupt`.
  Result<void> add(const Entry& entry, int file);
  // The same from memory; `data` has `entry.size` bytes.
  Result<void> add(const Entry& entry, ByteView data);
  // The same from a stream; one that ends early or goes on is `corrupt`.
  Result<void> add(const Entry& entry, ByteSource& data);

  // Bytes of the archive so far.
  std::uint64_t size() const { return size_; }

  // Writes the end mark (two zero blocks) and all that is still held back. Must be called once.
  Result<void> finish();

 private:
  Result<void> begin(const Entry& entry);
  Result<void> add_zeros(std::size_t count);
  Result<void> flush();
  template <class Read>
  Result<void> copy(const Entry& entry, Read read);

  ByteSink& sink_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t used_ = 0;
  std::uint64_t size_ = 0;
  std::string header_;  // kept for its capacity
};

}  // namespace mbuild::oci
