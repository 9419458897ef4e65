#include "builder/sandbox/mount_points.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <deque>

#include "builder/sandbox/mounts.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr int most_symlinks = 40;  // as the kernel's own limit

Result<struct stat> stat_of(int fd, std::string_view path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail_errno(errno, "stat mount point " + std::string(path));
  return status;
}

void set_times(int directory, const struct stat& times) {
  const std::array<timespec, 2> values{times.st_atim, times.st_mtim};
  ::utimensat(directory, "", values.data(), AT_EMPTY_PATH);
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

Result<void> check_kind(int root, const struct stat& status, std::string_view target,
                        MountPoints::Kind kind) {
  const auto refuse = [&](const char* why) {
    return fail(ErrorKind::invalid_input, "mount on " + std::string(target) + ": " + why);
  };
  if (kind == MountPoints::Kind::file) {
    if (S_ISDIR(status.st_mode)) return refuse("a file cannot be mounted on a directory");
    return {};
  }
  if (!S_ISDIR(status.st_mode)) return refuse("a directory cannot be mounted on what is none");
  const auto root_status = MBUILD_TRY(stat_of(root, "/"));
  if (same_file(status, root_status)) return refuse("it is the root directory");
  return {};
}

}  // namespace

// Resolves one target a name at a time, making what is missing. Only single names ever reach the kernel, and
// ".." goes back along the descriptors that led here, so nothing that changes meanwhile can lead elsewhere.
class MountPoints::Walk {
 public:
  Walk(MountPoints& owner, std::string_view target, Kind kind) : owner_(owner), target_(target), kind_(kind) {
    push_names(target);
  }

  Result<Place> run() {
    while (!pending_.empty()) {
      std::string name = std::move(pending_.front());
      pending_.pop_front();
      if (name == "..") {
        if (!directories_.empty()) directories_.pop_back();
        continue;
      }
      Fd found = MBUILD_TRY(open_or_make(name));
      const auto status = MBUILD_TRY(stat_of(found.get(), target_));
      if (S_ISLNK(status.st_mode)) {
        MBUILD_CHECK(follow(found.get()));
      } else if (!S_ISDIR(status.st_mode) && pending_.empty()) {
        Fd parent = MBUILD_TRY(duplicate(current()));
        return Place{std::move(found), std::move(parent), std::move(name)};
      } else if (!S_ISDIR(status.st_mode)) {
        return fail(ErrorKind::invalid_input, "mount on " + target_ + ": " + name + " is not a directory");
      } else {
        MBUILD_CHECK(owner_.check_allowed(status, target_));
        directories_.push_back({std::move(found), std::move(name)});
      }
    }
    if (directories_.empty()) {
      return fail(ErrorKind::invalid_input, "mount on " + target_ + ": it is the root directory");
    }
    Directory last = std::move(directories_.back());
    directories_.pop_back();
    Fd parent = MBUILD_TRY(duplicate(current()));
    return Place{std::move(last.fd), std::move(parent), std::move(last.name)};
  }

 private:
  struct Directory {
    Fd fd;
    std::string name;
  };

  int current() const { return directories_.empty() ? owner_.root_ : directories_.back().fd.get(); }

  Result<Fd> duplicate(int fd) const {
    Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!copy) return fail_errno(errno, "mount on " + target_);
    return copy;
  }

  // Puts the names of `path` before those that are still to come.
  void push_names(std::string_view path) {
    std::vector<std::string> names;
    for (std::size_t begin = 0; begin < path.size();) {
      const std::size_t end = std::min(path.find('/', begin), path.size());
      const std::string_view name = path.substr(begin, end - begin);
      if (!name.empty() && name != ".") names.emplace_back(name);
      begin = end + 1;
    }
    pending_.insert(pending_.begin(), names.begin(), names.end());
  }

  Result<void> follow(int symlink) {
    if (++symlinks_ > most_symlinks) return fail_errno(ELOOP, "mount on " + target_);
    std::array<char, PATH_MAX> link;
    const ssize_t size = ::readlinkat(symlink, "", link.data(), link.size());
    if (size < 0) return fail_errno(errno, "mount on " + target_);
    const std::string_view path(link.data(), static_cast<std::size_t>(size));
    if (path.starts_with('/')) directories_.clear();
    push_names(path);
    return {};
  }

  Result<Fd> open_or_make(const std::string& name) {
    Fd found(::openat(current(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!found && errno == ENOENT) {
      MBUILD_CHECK(make(name));
      found.reset(::openat(current(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    }
    if (!found) return fail_errno(errno, "mount on " + target_ + ": open " + name);
    return found;
  }

  // The parent keeps its times from the start: whatever they are after the step is then the step's doing.
  Result<void> make(const std::string& name) {
    const Kind kind = pending_.empty() ? kind_ : Kind::directory;
    const auto parent_status = MBUILD_TRY(stat_of(current(), target_));
    const int made = kind == Kind::directory ? ::mkdirat(current(), name.c_str(), 0755)
                                             : ::mknodat(current(), name.c_str(), S_IFREG | 0644, 0);
    if (made != 0 && errno == EEXIST) return {};  // another step that shares the mount was faster
    if (made != 0) return fail_errno(errno, "make mount point " + target_);
    if (!same_mount(current(), owner_.root_)) return {};
    set_times(current(), parent_status);
    owner_.stubs_.push_back({MBUILD_TRY(duplicate(current())), name, kind});
    return {};
  }

  MountPoints& owner_;
  std::string target_;
  Kind kind_;
  std::vector<Directory> directories_;  // from the root's child down to where the walk is
  std::deque<std::string> pending_;
  int symlinks_ = 0;
};

Result<Fd> MountPoints::find_or_make(std::string_view target, Kind kind) {
  auto found = MBUILD_TRY(fs_at::open_if_exists(root_, target, O_PATH, fs_at::Links::in_root));
  if (!found) {
    Place place = MBUILD_TRY(find_or_make_place(target, kind));
    return std::move(place.fd);
  }
  MBUILD_CHECK(check(found->get(), target, kind));
  return std::move(*found);
}

Result<MountPoints::Place> MountPoints::find_or_make_place(std::string_view target, Kind kind) {
  Place place = MBUILD_TRY(Walk(*this, target, kind).run());
  MBUILD_CHECK(check(place.fd.get(), target, kind));
  return place;
}

Result<void> MountPoints::check(int place, std::string_view target, Kind kind) const {
  const auto status = MBUILD_TRY(stat_of(place, target));
  MBUILD_CHECK(check_allowed(status, target));
  return check_kind(root_, status, target, kind);
}

Result<void> MountPoints::check_allowed(const struct stat& status, std::string_view target) const {
  if (forbidden_ < 0) return {};
  const auto forbidden = MBUILD_TRY(stat_of(forbidden_, target));
  if (!same_file(status, forbidden)) return {};
  return fail(ErrorKind::invalid_input, "mount on " + std::string(target) + ": nothing can be mounted there");
}

Result<Fd> MountPoints::find_or_make_kept(const std::string& name) {
  const bool made = ::mkdirat(root_, name.c_str(), 0755) == 0;
  if (!made && errno != EEXIST) return fail_errno(errno, "make /" + name + " in the root file system");
  if (made && ::fchmodat(root_, name.c_str(), 0755, 0) != 0) return fail_errno(errno, "chmod /" + name);
  Fd fd(::openat(root_, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "open /" + name + " in the root file system");
  const auto status = MBUILD_TRY(stat_of(fd.get(), "/" + name));
  if (!S_ISDIR(status.st_mode)) {
    return fail(ErrorKind::invalid_input, "the image's /" + name + " is not a directory");
  }
  return fd;
}

void MountPoints::remove_unused() {
  for (; !stubs_.empty(); stubs_.pop_back()) {
    const Stub& stub = stubs_.back();
    struct stat status {};
    if (::fstatat(stub.parent.get(), stub.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    const bool is_directory = S_ISDIR(status.st_mode);
    if (is_directory != (stub.kind == Kind::directory)) continue;
    if (!is_directory && (!S_ISREG(status.st_mode) || status.st_size != 0)) continue;
    struct stat parent {};
    if (::fstat(stub.parent.get(), &parent) != 0) continue;
    const int flags = is_directory ? AT_REMOVEDIR : 0;
    if (::unlinkat(stub.parent.get(), stub.name.c_str(), flags) == 0) set_times(stub.parent.get(), parent);
  }
}

}  // namespace mbuild::builder
