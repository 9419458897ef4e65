#include "builder/snapshot/unpack_paths.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "builder/snapshot/directory.h"
#include "builder/snapshot/path_walk.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr int kDirectoryFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t kImpliedMode = 0755;

}  // namespace

Result<UnpackPaths::Place> UnpackPaths::place(const std::string& path) {
  return locate(path, true);
}

Result<UnpackPaths::Place> UnpackPaths::find(const std::string& path) {
  return locate(path, false);
}

Result<UnpackPaths::Place> UnpackPaths::locate(const std::string& path, bool make) {
  const std::string parent = parent_path(path);
  if (!last_ || parent != last_path_) {
    std::string real = parent;
    auto fd = fs_at::open(root_, parent, kDirectoryFlags, fs_at::Links::refuse);
    if (!fd) fd = resolve(parent, make, real);
    if (!fd) return std::unexpected(std::move(fd).error());
    last_ = std::make_shared<const Fd>(std::move(*fd));
    last_path_ = parent;
    last_real_ = std::move(real);
  }
  return Place{last_, last_real_, path.substr(parent.empty() ? 0 : parent.size() + 1)};
}

// One name after the other, as the kernel does it, but with the directories made that are missing.
Result<Fd> UnpackPaths::resolve(const std::string& path, bool make, std::string& real) {
  PendingPath pending(path);
  real.clear();
  Fd directory = MBUILD_TRY(fs_at::open(root_, "", kDirectoryFlags, fs_at::Links::refuse));
  while (!pending.empty()) {
    const std::string name = pending.next();
    if (name == ".") continue;
    if (name == "..") {
      real = parent_path(real);
      directory = MBUILD_TRY(fs_at::open(root_, real, kDirectoryFlags, fs_at::Links::refuse));
      continue;
    }
    struct stat status {};
    const bool exists = ::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (!exists && errno != ENOENT) return fail_errno(errno, join_path(real, name));
    const bool whiteout = exists && OverlayForm::is_whiteout(status.st_mode, status.st_rdev);
    if (exists && S_ISLNK(status.st_mode)) {
      const std::string target = MBUILD_TRY(fs_at::read_link(directory.get(), name));
      if (!pending.follow(target)) return fail_errno(ELOOP, join_path(real, name));
      if (target.starts_with('/')) {
        real.clear();
        directory = MBUILD_TRY(fs_at::open(root_, "", kDirectoryFlags, fs_at::Links::refuse));
      }
      continue;
    }
    if (exists && !whiteout && !S_ISDIR(status.st_mode)) {
      return fail(ErrorKind::corrupt, join_path(real, name) + " is not a directory");
    }
    real = join_path(real, name);
    if (exists && !whiteout) {
      directory = MBUILD_TRY(fs_at::open(directory.get(), name, kDirectoryFlags, fs_at::Links::refuse));
      continue;
    }
    if (!make) return fail(ErrorKind::not_found, real + " does not exist");
    if (whiteout) MBUILD_CHECK(fs_at::remove_tree(directory.get(), name));
    directory = MBUILD_TRY(make_directory(directory.get(), name, whiteout));
    oci::Entry implied;
    implied.type = oci::EntryType::directory;
    implied.mode = kImpliedMode;
    remember(real, implied, true);
  }
  return directory;
}

// `opaque` when it takes the place of a whiteout: a deletion and a new directory.
Result<Fd> UnpackPaths::make_directory(int parent, const std::string& name, bool opaque) {
  if (::mkdirat(parent, name.c_str(), 0700) != 0) return fail_errno(errno, "make directory " + name);
  if (opaque) {
    const Fd readable = MBUILD_TRY(open_directory(parent, name));
    MBUILD_CHECK(form_.make_opaque(readable.get()));
  }
  return fs_at::open(parent, name, kDirectoryFlags, fs_at::Links::refuse);
}

void UnpackPaths::remember(const std::string& path, const oci::Entry& entry, bool implied) {
  directories_.insert_or_assign(path, Directory{entry, implied});
}

Result<bool> UnpackPaths::clear(const Place& place) {
  const int directory = place.directory->get();
  struct stat status {};
  if (::fstatat(directory, place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return false;
    return fail_errno(errno, place.name);
  }
  MBUILD_CHECK(fs_at::remove_tree(directory, place.name));
  if (S_ISDIR(status.st_mode)) {
    const std::string path = join_path(place.path, place.name);
    directories_.erase(path);
    // '0' follows '/': what lies between is what was below it.
    directories_.erase(directories_.lower_bound(path + '/'), directories_.lower_bound(path + '0'));
  }
  return OverlayForm::is_whiteout(status.st_mode, status.st_rdev);
}

Result<void> UnpackPaths::add_directory(const Place& place, const oci::Entry& entry) {
  const int parent = place.directory->get();
  if (::mkdirat(parent, place.name.c_str(), 0700) != 0) {
    if (errno != EEXIST) return fail_errno(errno, "make directory");
    struct stat status {};
    if (::fstatat(parent, place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      return fail_errno(errno, "stat");
    if (!S_ISDIR(status.st_mode)) {
      const bool whiteout = MBUILD_TRY(clear(place));
      MBUILD_TRY(make_directory(parent, place.name, whiteout));
    }
  }
  remember(join_path(place.path, place.name), entry, false);
  return {};
}

Result<void> UnpackPaths::finish(const SetMetadata& set) const {
  for (const auto& [path, directory] : directories_) {
    const Fd fd = MBUILD_TRY_AS(path, open_directory(root_, path));
    MBUILD_CHECK_AS(path, set(fd.get(), directory.entry));
  }
  return {};
}

std::vector<std::string> UnpackPaths::implied() const {
  std::vector<std::string> paths;
  for (const auto& [path, directory] : directories_) {
    if (directory.implied) paths.push_back(path);
  }
  return paths;
}

}  // namespace mbuild::builder
