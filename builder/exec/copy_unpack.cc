#include "builder/exec/copy_unpack.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "builder/context/extract.h"
#include "builder/context/rooted_path.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

// Reads a file, which stays open with whoever made this, from its start, and hashes what it reads.
class HashingFileSource : public ByteSource {
 public:
  HashingFileSource(int fd, oci::Sha256& hash) : fd_(fd), hash_(hash) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    for (;;) {
      const ssize_t count = ::pread(fd_, buffer.data(), buffer.size(), offset_);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail_errno(errno, "read");
      offset_ += count;
      hash_.update(ByteView(buffer.first(static_cast<std::size_t>(count))));
      return static_cast<std::size_t>(count);
    }
  }

 private:
  const int fd_;
  oci::Sha256& hash_;
  off_t offset_ = 0;
};

Result<oci::ArchiveReader> open_archive(int fd, oci::Sha256& hash, const oci::ArchiveLimits& limits) {
  oci::ArchiveOptions options;
  options.decompress = true;
  options.limits = limits;
  return oci::ArchiveReader::open(std::make_unique<HashingFileSource>(fd, hash), options);
}

oci::ArchiveLimits limits_of(const CopyOptions& options) {
  oci::ArchiveLimits limits;
  if (options.unpacked_limit != 0) limits.bytes = options.unpacked_limit;
  return limits;
}

bool has_member(int fd) {
  oci::Sha256 unused;
  auto archive = open_archive(fd, unused, {});
  if (!archive) return false;
  // A first member that is refused makes it no less an archive; unpacking it fails later.
  const auto entry = archive->next();
  return entry ? entry->has_value() : archive->met_member();
}

}  // namespace

Result<bool> unpack_if_archive(const SourceTree& tree, const SelectedSource& source, int root,
                               const CopyTarget& target, const CopyOptions& options, CopyChanges& changes) {
  const std::string path = join_path(source.directory, source.file.name);
  const Fd fd = MBUILD_TRY(fs_at::open(tree.root, path, O_RDONLY | O_NONBLOCK, fs_at::Links::refuse));
  if (!has_member(fd.get())) return false;

  const std::string place = MBUILD_TRY(target.place_archive());
  const Fd directory = MBUILD_TRY(fs_at::open(root, place, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
  oci::Sha256 hash;
  auto archive = MBUILD_TRY_AS("unpack /" + path, open_archive(fd.get(), hash, limits_of(options)));
  MBUILD_CHECK_AS("/" + path, extract_archive(archive, directory.get(), {.owner = options.chown}));
  if (tree.immutable) return true;
  MBUILD_CHECK_AS("unpack /" + path, archive.drain());
  if (hash.finish() != source.file.content) changes.add(path);
  return true;
}

}  // namespace mbuild::builder
