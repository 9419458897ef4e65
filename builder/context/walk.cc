#include "builder/context/walk.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <limits>
#include <map>

#include "builder/context/rooted_path.h"
#include "builder/context/work_queue.h"
#include "registry/base/file_owner.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

using parser::PatternMatcher;

// What a walk from the top would have at `path`.
PatternMatcher::State state_at(const PatternMatcher& matcher, std::string_view path) {
  PatternMatcher::State state;
  if (path.empty() || matcher.empty()) return state;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = path.find('/', end + 1);
    state = matcher.match_child(state, path.substr(0, end));
  }
  return state;
}

// Times that 64 bits of nanoseconds cannot hold, before 1678 or after 2262, become the nearest that they can.
std::int64_t nanoseconds(const struct timespec& time) {
  std::int64_t result = 0;
  if (!__builtin_mul_overflow(std::int64_t{time.tv_sec}, std::int64_t{1'000'000'000}, &result) &&
      !__builtin_add_overflow(result, std::int64_t{time.tv_nsec}, &result)) {
    return result;
  }
  return time.tv_sec < 0 ? std::numeric_limits<std::int64_t>::min()
                         : std::numeric_limits<std::int64_t>::max();
}

// A directory that remains to be read, and what the patterns made of it.
struct Visit {
  SourceFile* directory = nullptr;
  PatternMatcher::State ignored;
  PatternMatcher::State excluded;
  PatternMatcher::State unselected;
};

// What the patterns make of one name.
struct Verdict {
  bool left_out = false;
  Presence presence = Presence::selected;
  bool may_hold = false;  // something below it may be let in again
  Visit below;
};

class Walker {
 public:
  Walker(const SourceTree& tree, const SourceFile& start, const WalkFilter& filter)
      : tree_(tree), filter_(filter), start_(start.children->path) {}

  Result<void> visit(Visit& task, WorkQueue<Visit>& queue) const;

 private:
  Verdict judge(const Visit& parent, const std::string& path) const;
  Result<void> read_directory(int fd, const Visit& task, std::vector<Visit>& below) const;

  const SourceTree& tree_;
  const WalkFilter& filter_;
  const std::string start_;
};

Verdict Walker::judge(const Visit& parent, const std::string& path) const {
  Verdict verdict;
  bool may_hold = true;
  if (!tree_.ignore.empty()) {
    verdict.below.ignored = tree_.ignore.match_child(parent.ignored, path);
    if (verdict.below.ignored.matched) {
      verdict.left_out = true;
      verdict.presence = Presence::reincluded;
      may_hold = tree_.ignore.may_include_below(path);
    }
  }
  const std::string_view relative =
      start_.empty() ? std::string_view(path) : std::string_view(path).substr(start_.size() + 1);
  const auto apply = [&](const PatternMatcher* matcher, const PatternMatcher::State& above) {
    if (matcher == nullptr) return PatternMatcher::State();
    PatternMatcher::State state = matcher->match_child(above, relative);
    if (state.matched) {
      verdict.left_out = true;
      verdict.presence = Presence::implied;
      may_hold = may_hold && matcher->may_include_below(relative);
    }
    return state;
  };
  verdict.below.excluded = apply(filter_.exclude, parent.excluded);
  verdict.below.unselected = apply(filter_.unselected, parent.unselected);
  verdict.may_hold = may_hold;
  return verdict;
}

Result<void> Walker::read_directory(int fd, const Visit& task, std::vector<Visit>& below) const {
  SourceDirectory& directory = *task.directory->children;
  const std::vector<std::string> names = MBUILD_TRY(fs_at::list_opened(fd));
  directory.files.reserve(names.size());  // tasks for subdirectories point into it
  for (const std::string& name : names) {
    std::string path = join_path(directory.path, name);
    if (path.size() >= PATH_MAX) return fail(ErrorKind::invalid_input, "/" + path + ": the path is too long");
    Verdict verdict = judge(task, path);
    if (verdict.left_out && !verdict.may_hold) continue;

    struct stat status {};
    if (::fstatat(fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;  // gone since the directory was listed
      return fail_errno(errno, "stat /" + path);
    }
    if (verdict.left_out && !S_ISDIR(status.st_mode)) continue;
    read_owner_at(fd, name.c_str(), status);
    SourceFile& file = directory.files.emplace_back(describe_file(tree_, name, status));
    if (S_ISLNK(status.st_mode)) file.link = MBUILD_TRY(fs_at::read_link(fd, name));
    if (!S_ISDIR(status.st_mode)) continue;
    file.presence = verdict.presence;
    file.children = std::make_unique<SourceDirectory>(SourceDirectory{.path = std::move(path), .files = {}});
    verdict.below.directory = &file;
    below.push_back(std::move(verdict.below));
  }
  return {};
}

Result<void> Walker::visit(Visit& task, WorkQueue<Visit>& queue) const {
  const std::string& path = task.directory->children->path;
  const auto fd = fs_at::open(tree_.root, path, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse);
  if (!fd && fd.error().kind() == ErrorKind::not_found) return {};  // gone since its parent was listed
  if (!fd) return std::unexpected(fd.error());
  task.directory->xattrs = MBUILD_TRY_AS("/" + path, read_xattrs(fd->get()));
  std::vector<Visit> below;
  MBUILD_CHECK(read_directory(fd->get(), task, below));
  for (Visit& next : below) queue.push(std::move(next));
  return {};
}

// Drops directories that were entered only because something below might have been let in, and was not.
void drop_empty_frames(SourceDirectory& directory) {
  std::erase_if(directory.files, [](SourceFile& file) {
    if (!file.children) return false;
    drop_empty_frames(*file.children);
    return file.presence != Presence::selected && file.children->files.empty();
  });
}

// Device and inode to the first path, in the order of the walk, of files with several names.
using FirstNames = std::map<std::pair<std::uint64_t, std::uint64_t>, std::string>;

void mark_hardlinks(SourceDirectory& directory, const std::string& path, FirstNames& first_names) {
  for (SourceFile& file : directory.files) {
    if (file.children) {
      mark_hardlinks(*file.children, join_path(path, file.name), first_names);
    } else if (file.shared) {
      const auto [first, is_first] =
          first_names.try_emplace({file.device, file.identity.inode}, join_path(path, file.name));
      if (is_first) continue;
      file.type = oci::EntryType::hardlink;
      file.link = first->second;
    }
  }
}

}  // namespace

FileIdentity FileIdentity::of(const struct stat& status) {
  return {.size = S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0,
          .mtime = nanoseconds(status.st_mtim),
          .ctime = nanoseconds(status.st_ctim),
          .inode = status.st_ino};
}

SourceFile describe_file(const SourceTree& tree, std::string name, const struct stat& status) {
  SourceFile file;
  file.name = std::move(name);
  file.type = oci::entry_type(status.st_mode).value_or(oci::EntryType::regular);
  file.mode = status.st_mode & 07777;
  if (tree.ownership == Ownership::keep) {
    file.uid = status.st_uid;
    file.gid = status.st_gid;
  }
  file.reowned = file.uid != status.st_uid || file.gid != status.st_gid;
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    file.device_major = major(status.st_rdev);
    file.device_minor = minor(status.st_rdev);
  }
  file.identity = FileIdentity::of(status);
  file.device = status.st_dev;
  file.shared = S_ISREG(status.st_mode) && status.st_nlink > 1;
  file.socket = S_ISSOCK(status.st_mode);
  return file;
}

Result<void> walk(const SourceTree& tree, SourceFile& directory, const WalkFilter& filter, unsigned threads) {
  const Walker walker(tree, directory, filter);
  WorkQueue<Visit> queue(threads,
                         [&](Visit& task, WorkQueue<Visit>& more) { return walker.visit(task, more); });
  queue.push(Visit{.directory = &directory,
                   .ignored = state_at(tree.ignore, directory.children->path),
                   .excluded = {},
                   .unselected = {}});
  MBUILD_CHECK(queue.run());
  drop_empty_frames(*directory.children);
  FirstNames first_names;
  mark_hardlinks(*directory.children, "", first_names);
  return {};
}

}  // namespace mbuild::builder
