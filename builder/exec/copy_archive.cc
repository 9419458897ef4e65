#include "builder/exec/copy_archive.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "builder/context/rooted_path.h"
#include "builder/exec/copy_target.h"
#include "builder/snapshot/archive_layer.h"
#include "builder/snapshot/layer_folders.h"
#include "registry/base/fd_stream.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

// Below this the making of files costs less than the mount of the layer.
constexpr std::size_t kFilesWorthAnArchive = 500;
// From here on what counts is that the tarball is written and hashed in one go.
constexpr std::uint64_t kBytesWorthAnArchive = 16 << 20;
constexpr std::uint32_t kDirectoryMode = 0755;

struct Amount {
  std::size_t files = 0;
  std::uint64_t bytes = 0;
};

bool is_plain(const SourceDirectory& directory, Amount& amount);

bool means_whiteout(std::string_view name) {
  return name.starts_with(".wh.");
}

// Whether a tarball and an index hold it as it is. Adds it to the amount.
bool is_plain(const SourceFile& file, Amount& amount) {
  ++amount.files;
  if (file.type == oci::EntryType::regular) amount.bytes += file.identity.size;
  const bool known = file.is_directory() || file.type == oci::EntryType::symlink ||
                     (file.type == oci::EntryType::regular && !file.socket);
  if (!known || !file.xattrs.empty()) return false;
  return !file.children || is_plain(*file.children, amount);
}

bool is_plain(const SourceDirectory& directory, Amount& amount) {
  return std::all_of(directory.files.begin(), directory.files.end(), [&](const SourceFile& file) {
    return !means_whiteout(file.name) && is_plain(file, amount);
  });
}

// Below the root; nullopt when there is something already, or no directory where one is meant.
Result<std::optional<std::string>> landing_place(int root, std::string_view destination,
                                                 const SelectedSource& source) {
  RootedPath place = MBUILD_TRY(resolve_in_root(root, below_root(destination)));
  const bool into = !source.file.is_directory() &&
                    (names_directory(destination) || (place.exists && S_ISDIR(place.status.st_mode)));
  if (!into) return place.exists ? std::nullopt : std::optional(std::move(place.path));
  if (place.exists && !S_ISDIR(place.status.st_mode)) return std::nullopt;
  std::string path = join_path(place.path, source.name);
  if (MBUILD_TRY(fs_at::stat_if_exists(root, path, fs_at::Links::refuse))) return std::nullopt;
  return std::optional(std::move(path));
}

// A directory on the way to the destination.
struct Parent {
  std::string path;
  std::optional<struct stat> status;  // when it is there
};

// nullopt when something that is no directory is in the way.
Result<std::optional<std::vector<Parent>>> parents_of(int root, const std::string& path) {
  std::vector<Parent> parents;
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    Parent parent{path.substr(0, slash), std::nullopt};
    if (parents.empty() || parents.back().status) {
      parent.status = MBUILD_TRY(fs_at::stat_if_exists(root, parent.path, fs_at::Links::refuse));
    }
    if (parent.status && !S_ISDIR(parent.status->st_mode)) return std::nullopt;
    parents.push_back(std::move(parent));
  }
  return std::optional(std::move(parents));
}

oci::Entry directory_entry(std::string path, std::uint32_t mode, Owner owner, std::int64_t mtime) {
  oci::Entry entry;
  entry.path = std::move(path);
  entry.type = oci::EntryType::directory;
  entry.mode = mode;
  entry.uid = owner.uid;
  entry.gid = owner.gid;
  entry.mtime = mtime;
  return entry;
}

class ArchiveCopy {
 public:
  ArchiveCopy(const SourceTree& tree, const CopyOptions& options, ArchiveLayer& layer)
      : tree_(tree), options_(options), layer_(layer) {}

  // Making the first that is missing changes the time of the one that is there.
  Result<void> add_parents(const std::vector<Parent>& parents) {
    for (std::size_t i = 0; i < parents.size(); ++i) {
      const auto& [path, status] = parents[i];
      if (!status) {
        MBUILD_CHECK(add_made_directory(path, layer_.now()));
        continue;
      }
      const bool last = i + 1 == parents.size() || !parents[i + 1].status;
      MBUILD_CHECK(layer_.add(directory_entry(path, status->st_mode & 07777,
                                              {.uid = status->st_uid, .gid = status->st_gid},
                                              last ? layer_.now() : FileIdentity::of(*status).mtime)));
    }
    return {};
  }

  Result<void> add_made_directory(const std::string& path, std::int64_t mtime) {
    const std::uint32_t mode = options_.chmod ? options_.chmod->created_directory_mode() : kDirectoryMode;
    return layer_.add(directory_entry(path, mode, options_.chown.value_or(Owner{}), mtime));
  }

  Result<void> add_contents(const SourceDirectory& directory, const std::string& path) {
    Folder from(directory.path);
    for (const SourceFile& file : directory.files) {
      if (!changed_.empty()) return {};
      const std::string source = join_path(directory.path, file.name);
      MBUILD_CHECK_AS("copy /" + source, add(from, file, source, join_path(path, file.name)));
    }
    return {};
  }

  Result<void> add_file(const SelectedSource& source, std::string path) {
    Folder from(source.directory);
    const std::string named = join_path(source.directory, source.file.name);
    MBUILD_CHECK_AS("copy /" + named, add(from, source.file, named, std::move(path)));
    return {};
  }

  std::vector<std::string> take_changed() { return std::move(changed_); }

 private:
  // A directory of the source, opened when the first of its files is.
  struct Folder {
    explicit Folder(const std::string& at) : path(at) {}
    const std::string& path;
    Fd fd;
  };

  // False when it has gone meanwhile.
  Result<bool> open(Folder& folder) {
    if (folder.fd) return true;
    auto directory = fs_at::open(tree_.root, folder.path, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse);
    if (directory) {
      folder.fd = std::move(*directory);
      return true;
    }
    const bool gone = directory.error().kind() == ErrorKind::not_found;
    if (!gone || tree_.immutable) return std::unexpected(std::move(directory).error());
    changed_.push_back(folder.path);
    return false;
  }

  Result<void> add(Folder& from, const SourceFile& file, const std::string& source, std::string path) {
    const FileMetadata landing = landing_of(file, options_);
    oci::Entry entry = directory_entry(std::move(path), landing.mode, landing.owner, landing.mtime);
    if (file.children) {
      MBUILD_CHECK(layer_.add(entry));
      return add_contents(*file.children, entry.path);
    }
    entry.type = file.type;
    if (file.type == oci::EntryType::symlink) {
      entry.mode = 0777;
      entry.link = file.link;
      return layer_.add(entry);
    }
    return add_regular(from, file, source, entry);
  }

  Result<void> add_regular(Folder& from, const SourceFile& file, const std::string& source,
                           oci::Entry& entry) {
    entry.size = file.identity.size;
    if (MBUILD_TRY(layer_.add_unchanged(entry, file.content))) return {};
    if (!MBUILD_TRY(open(from))) return {};
    Fd in(::openat(from.fd.get(), file.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!in) {
      const bool gone = errno == ENOENT || errno == ELOOP || errno == ENXIO;
      if (tree_.immutable || !gone) return fail_errno(errno, "open");
      changed_.push_back(source);
      return {};
    }
    const int fd = in.get();
    struct stat status {};
    if (::fstat(fd, &status) != 0) return fail_errno(errno, "stat");
    const bool same_size =
        S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) == entry.size;
    if (!same_size) {
      changed_.push_back(source);
      return {};
    }
    FdSource data(std::move(in), source);
    const auto digest = layer_.add(entry, data);
    const bool cut = !digest && digest.error().kind() == ErrorKind::corrupt;  // while it was read
    if (!digest && !cut) return std::unexpected(digest.error());
    if (cut || *digest != file.content) changed_.push_back(source);
    return {};
  }

  const SourceTree& tree_;
  const CopyOptions& options_;
  ArchiveLayer& layer_;
  std::vector<std::string> changed_;
};

}  // namespace

bool is_worth_an_archive(const std::vector<CopyPart>& parts, LayerStore& store) {
  if (!store.folders().uses_mounts()) return false;
  if (parts.size() != 1 || parts.front().unpack || !parts.front().selection.fingerprinted) return false;
  const std::vector<SelectedSource>& sources = parts.front().selection.sources;
  if (sources.size() != 1 || sources.front().text) return false;
  Amount amount;
  const SourceFile& file = sources.front().file;
  const bool copied = file.children || file.type == oci::EntryType::regular;
  return copied && is_plain(file, amount) &&
         (amount.files >= kFilesWorthAnArchive || amount.bytes >= kBytesWorthAnArchive);
}

Result<ArchivedCopy> copy_to_archive(LayerStore& store, const CopyPart& part, int root,
                                     std::string_view destination, const CopyOptions& options,
                                     const CommitOptions& commit, const std::string& earlier) {
  const SelectedSource& source = part.selection.sources.front();
  const auto target = MBUILD_TRY(landing_place(root, destination, source));
  if (!target) return ArchivedCopy{};
  const auto parents = MBUILD_TRY(parents_of(root, *target));
  if (!parents || means_whiteout(name_of_path(*target))) return ArchivedCopy{};

  ArchiveLayer layer = MBUILD_TRY(ArchiveLayer::begin(store, commit, earlier));
  ArchiveCopy copy(part.tree, options, layer);
  MBUILD_CHECK(copy.add_parents(*parents));
  if (source.file.children) {
    MBUILD_CHECK(copy.add_made_directory(*target, source.file.identity.mtime));
    MBUILD_CHECK(copy.add_contents(*source.file.children, *target));
  } else {
    MBUILD_CHECK(copy.add_file(source, *target));
  }
  ArchivedCopy result;
  result.possible = true;
  result.changed = copy.take_changed();
  if (result.changed.empty()) result.committed = MBUILD_TRY(layer.commit());
  return result;
}

}  // namespace mbuild::builder
