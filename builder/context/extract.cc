#include "builder/context/extract.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <limits>
#include <vector>

#include "builder/context/file_metadata.h"
#include "builder/context/make_path.h"
#include "builder/context/rooted_path.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

using oci::Entry;
using oci::EntryType;

constexpr int kReadDirectory = O_RDONLY | O_DIRECTORY;

class Extraction {
 public:
  Extraction(oci::ArchiveReader& archive, int root, const ExtractOptions& options)
      : archive_(archive), root_(root), options_(options) {}

  Result<void> run();

 private:
  struct DirectoryTime {
    std::string path;
    std::int64_t mtime;
  };

  Result<void> make(const Entry& entry);
  Result<void> make_directory(const Entry& entry, const std::string& path);
  Result<void> make_in(int parent, const std::string& name, const Entry& entry);
  Result<void> make_file(int parent, const std::string& name, const Entry& entry);
  Result<void> make_node(int parent, const std::string& name, const Entry& entry);
  Result<void> make_hardlink(int parent, const std::string& name, const Entry& entry);
  Result<void> write_data(int fd, std::uint64_t size);
  Result<RootedPath> resolve(std::string_view path) const {
    return resolve_in_root(root_, path, nullptr, AboveRoot::refuse);
  }
  FileMetadata metadata_of(const Entry& entry) const;

  oci::ArchiveReader& archive_;
  const int root_;
  const ExtractOptions& options_;
  std::vector<DirectoryTime> directories_;
};

FileMetadata Extraction::metadata_of(const Entry& entry) const {
  const bool representable = entry.mtime >= 0 && entry.mtime != std::numeric_limits<std::int64_t>::max();
  return {.mode = entry.mode,
          .owner = options_.owner.value_or(Owner{.uid = entry.uid, .gid = entry.gid}),
          .mtime = representable ? entry.mtime : 0};
}

XattrMap xattrs_of(const Entry& entry) {
  XattrMap counted = entry.xattrs;
  std::erase_if(counted, [](const auto& xattr) { return !xattr_counts(xattr.first); });
  return counted;
}

Result<void> Extraction::run() {
  for (;;) {
    const auto entry = MBUILD_TRY(archive_.next());
    if (!entry) break;
    if (entry->path.empty()) continue;
    MBUILD_CHECK_AS("unpack " + entry->path, make(*entry));
  }
  // Last, because making files in a directory changes its time.
  for (auto directory = directories_.rbegin(); directory != directories_.rend(); ++directory) {
    const auto fd = fs_at::open(root_, directory->path, kReadDirectory, fs_at::Links::refuse);
    if (!fd) continue;  // a later member replaced it
    MBUILD_CHECK_AS("unpack " + directory->path, set_mtime(fd->get(), directory->mtime));
  }
  return {};
}

Result<void> Extraction::make(const Entry& entry) {
  const bool is_directory = entry.type == EntryType::directory;
  RootedPath place =
      MBUILD_TRY(resolve(is_directory ? std::string_view(entry.path) : directory_of(entry.path)));
  if (!is_directory) place.path = join_path(place.path, name_of_path(entry.path));
  if (place.path.empty()) return {};  // a link to the root: that is not the archive's to change
  const std::string parent_path(directory_of(place.path));
  const std::string name(name_of_path(place.path));
  MBUILD_CHECK(make_path(root_, parent_path, 0755, Owner{}));
  const Fd parent = MBUILD_TRY(fs_at::open(root_, parent_path, kReadDirectory, fs_at::Links::refuse));

  const auto status = MBUILD_TRY(fs_at::stat_if_exists(parent.get(), name, fs_at::Links::refuse));
  const bool merges = is_directory && status && S_ISDIR(status->st_mode);
  if (status && !merges) MBUILD_CHECK(fs_at::remove_tree(parent.get(), name));
  if (!is_directory) return make_in(parent.get(), name, entry);
  if (!merges && ::mkdirat(parent.get(), name.c_str(), 0700) != 0) return fail_errno(errno, "mkdir");
  return make_directory(entry, place.path);
}

Result<void> Extraction::make_directory(const Entry& entry, const std::string& path) {
  const Fd fd = MBUILD_TRY(fs_at::open(root_, path, kReadDirectory, fs_at::Links::refuse));
  const FileMetadata metadata = metadata_of(entry);
  directories_.push_back({path, metadata.mtime});
  return apply_metadata(fd.get(), metadata, xattrs_of(entry));
}

Result<void> Extraction::make_in(int parent, const std::string& name, const Entry& entry) {
  switch (entry.type) {
    case EntryType::regular:
      return make_file(parent, name, entry);
    case EntryType::hardlink:
      return make_hardlink(parent, name, entry);
    case EntryType::symlink:
      if (::symlinkat(entry.link.c_str(), parent, name.c_str()) != 0) return fail_errno(errno, "symlink");
      return apply_metadata_at(parent, name, metadata_of(entry), true);
    case EntryType::fifo:
    case EntryType::character_device:
    case EntryType::block_device:
      return make_node(parent, name, entry);
    case EntryType::directory:
      break;
  }
  return fail(ErrorKind::internal, "not a file");
}

Result<void> Extraction::make_file(int parent, const std::string& name, const Entry& entry) {
  const Fd fd(::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return fail_errno(errno, "create");
  MBUILD_CHECK(write_data(fd.get(), entry.size));
  return apply_metadata(fd.get(), metadata_of(entry), xattrs_of(entry));
}

Result<void> Extraction::write_data(int fd, std::uint64_t size) {
  std::uint64_t end = 0;
  for (;;) {
    const auto block = MBUILD_TRY(archive_.read());
    if (!block) break;
    for (std::size_t done = 0; done < block->data.size();) {
      const ssize_t count = ::pwrite(fd, block->data.data() + done, block->data.size() - done,
                                     static_cast<off_t>(block->offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail_errno(errno, "write");
      done += static_cast<std::size_t>(count);
    }
    end = block->offset + block->data.size();
  }
  if (end < size && ::ftruncate(fd, static_cast<off_t>(size)) != 0) return fail_errno(errno, "extend");
  return {};
}

Result<void> Extraction::make_node(int parent, const std::string& name, const Entry& entry) {
  const mode_t type = entry.type == EntryType::fifo               ? S_IFIFO
                      : entry.type == EntryType::character_device ? S_IFCHR
                                                                  : S_IFBLK;
  if (::mknodat(parent, name.c_str(), type | 0600, makedev(entry.device_major, entry.device_minor)) != 0) {
    return fail_errno(errno, "mknod");
  }
  return apply_metadata_at(parent, name, metadata_of(entry), false);
}

Result<void> Extraction::make_hardlink(int parent, const std::string& name, const Entry& entry) {
  if (entry.link.empty()) return fail(ErrorKind::corrupt, "a hardlink to the archive's root");
  const RootedPath directory = MBUILD_TRY(resolve(directory_of(entry.link)));
  const Fd first = MBUILD_TRY(fs_at::open(root_, directory.path, kReadDirectory, fs_at::Links::refuse));
  const std::string first_name(name_of_path(entry.link));
  if (::linkat(first.get(), first_name.c_str(), parent, name.c_str(), 0) != 0) {
    return fail_errno(errno, "link to " + entry.link);
  }
  struct stat status {};
  if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return fail_errno(errno, "stat");
  return apply_metadata_at(parent, name, metadata_of(entry), S_ISLNK(status.st_mode));
}

}  // namespace

Result<void> extract_archive(oci::ArchiveReader& archive, int directory, const ExtractOptions& options) {
  return Extraction(archive, directory, options).run();
}

}  // namespace mbuild::builder
