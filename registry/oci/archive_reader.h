// ArchiveReader: the members of a tar archive that nobody vouches for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "registry/base/stream.h"
#include "registry/oci/entry.h"

namespace mbuild::oci {

struct ArchiveLimits {
  std::uint64_t bytes = std::uint64_t{64} << 30;  // of all regular files together, holes included
  std::uint64_t entries = 10'000'000;
  std::size_t path = 4095;  // of names and link targets; PATH_MAX less its NUL
};

struct ArchiveOptions {
  ArchiveLimits limits;
  // What a ".." that leads above the archive's root means: an error, or the root itself (as in a chroot).
  enum class Escape { refuse, contain } escape = Escape::refuse;
  // Undo gzip, bzip2, xz and zstd too, told apart by content. Off, the source must be a bare tar.
  bool decompress = false;
};

// A piece of a member's data. Pieces come in ascending order; what lies between them is a hole of zeros.
struct ArchiveBlock {
  std::uint64_t offset = 0;
  ByteView data;  // valid until the next call
};

// Reads with libarchive: V7, USTAR, PAX and GNU tar, sparse files, base-256 numbers. Errors are `corrupt` for
// what is no tar and for names that leave the root, `no_space` for a limit, and else those of the source; all
// after open() name the member. Not thread-safe.
class ArchiveReader {
 public:
  // Reads far enough to know that it is a tar. No byte at all is an archive without members.
  static Result<ArchiveReader> open(std::unique_ptr<ByteSource> source, const ArchiveOptions& options);
  ArchiveReader(ArchiveReader&&) noexcept;
  ArchiveReader& operator=(ArchiveReader&&) noexcept;
  ~ArchiveReader();

  // The next member, or nullopt after the last; data of the one before that was not read is skipped. Names
  // are cleaned: relative, no "." and "..", no double slashes; the root itself has the empty path. Hardlinks
  // name their target in the same form; symlink targets are as they come. Xattrs are as they come.
  Result<std::optional<Entry>> next();
  // Whether next() has come upon a member, be it one that it refused: then the source is an archive.
  bool met_member() const;
  // The next piece of the current member's data, or nullopt at its end. Members that a sparse hole ends do
  // not get a last piece: Entry::size tells.
  Result<std::optional<ArchiveBlock>> read();

  // Where in the source the data of the current member begins; before anything of it is read. nullopt when it
  // does not lie there in one piece, as that of sparse files. Of archives that are not decompressed.
  std::optional<std::uint64_t> data_offset() const;

  // Reads to the end of the source, so that whoever hashes or counts the bytes on the way sees all of them.
  Result<void> drain();
  // The bytes that were read from the source so far.
  std::uint64_t source_size() const;

 private:
  struct State;
  explicit ArchiveReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// "./a//b/../c/" -> "a/c"; "/", "." and "" -> "". nullopt when ".." leads above the root and `escape`
// refuses.
std::optional<std::string> clean_member_path(std::string_view path, ArchiveOptions::Escape escape);

}  // namespace mbuild::oci
