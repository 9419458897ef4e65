// EarlierArchive: the tarball of an earlier layer, as a place to take files from that did not change.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "registry/base/fd.h"
#include "registry/base/stream.h"

namespace mbuild::builder {

// Goes through the tarball once, and past large files without reading them. What it gives is a guess that the
// caller verifies by digest: nothing about the tarball is trusted, and after the first thing in it that is
// not understood nothing more is found. Not thread-safe.
class EarlierArchive {
 public:
  static constexpr std::uint64_t largest = 1 << 20;  // bytes of a file that is given

  // One that does not hold anything.
  EarlierArchive() = default;
  // A tarball as ArchiveWriter makes them, in the order of ArchiveLayer.
  explicit EarlierArchive(Fd tarball);

  // The data of the regular file `path` when it is there and of this size; valid until the next call. Paths
  // are asked for in their order in a tarball, each once.
  std::optional<ByteView> find(std::string_view path, std::uint64_t size);

 private:
  struct Member {
    std::string path;  // without a slash at its end
    bool regular = false;
    std::uint64_t size = 0;
    std::uint64_t data = 0;  // its offset
  };
  std::optional<ByteView> bytes(std::uint64_t offset, std::uint64_t size);
  bool read_member();

  Fd tarball_;  // none: nothing more is found
  Member member_;
  bool ahead_ = false;      // member_ has not been asked for yet
  std::uint64_t next_ = 0;  // offset of the header after it
  std::unique_ptr<std::byte[]> window_;
  std::uint64_t window_offset_ = 0;
  std::size_t window_size_ = 0;
};

}  // namespace mbuild::builder
