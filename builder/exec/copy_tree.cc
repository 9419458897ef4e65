#include "builder/exec/copy_tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <functional>

#include "builder/context/rooted_path.h"
#include "builder/context/work_queue.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::size_t kPartFiles = 256;
constexpr int kReadDirectory = O_RDONLY | O_DIRECTORY;

// Some of the files of one directory.
struct Part {
  const SourceDirectory* from = nullptr;
  std::string to;
  std::size_t begin = 0;
  std::size_t end = 0;
};

Error not_a_directory(const std::string& path, bool link) {
  Error error(ErrorKind::invalid_input, "cannot copy to non-directory: /" + path);
  if (!link) return error;
  return std::move(error).with_hint(
      "/" + path +
      " is a symbolic link, which a copy does not follow below its destination: "
      "copy to where it leads");
}

class TreeCopy {
 public:
  TreeCopy(const SourceTree& tree, int root, const std::string& top, const CopyOptions& options,
           const EntryWriter& writer, CopyChanges& changes)
      : tree_(tree), root_(root), top_(top), options_(options), writer_(writer), changes_(changes) {}

  Result<void> run(const SourceFile& directory);

 private:
  // A directory whose metadata remains to be set: not before everything is in it.
  struct Unfinished {
    std::string path;
    const SourceFile* file;
    bool mode_only;
  };
  struct Link {
    std::string path;
    std::string first;
  };

  void push(const SourceDirectory& from, const std::string& to, WorkQueue<Part>& queue) const;
  Result<void> copy(const Part& part, WorkQueue<Part>& queue);
  Result<void> enter(const SourceFile& file, const CopyDirectory& to, WorkQueue<Part>& queue);
  Result<void> make_link(const Link& link);
  Result<void> finish(const Unfinished& directory) const;

  const SourceTree& tree_;
  const int root_;
  const std::string& top_;
  const CopyOptions& options_;
  const EntryWriter& writer_;
  CopyChanges& changes_;
  std::mutex mutex_;
  std::vector<Unfinished> unfinished_;
  std::vector<Link> links_;
};

void TreeCopy::push(const SourceDirectory& from, const std::string& to, WorkQueue<Part>& queue) const {
  for (std::size_t begin = 0; begin < from.files.size(); begin += kPartFiles) {
    const std::size_t end = std::min(begin + kPartFiles, from.files.size());
    queue.push({.from = &from, .to = to, .begin = begin, .end = end});
  }
}

Result<void> TreeCopy::copy(const Part& part, WorkQueue<Part>& queue) {
  if (changes_.fatal()) return {};
  const auto from = fs_at::open(tree_.root, part.from->path, kReadDirectory, fs_at::Links::refuse);
  if (!from) {
    if (tree_.immutable || from.error().kind() != ErrorKind::not_found) return std::unexpected(from.error());
    changes_.add(part.from->path);
    return {};
  }
  const Fd to = MBUILD_TRY(fs_at::open(root_, part.to, kReadDirectory, fs_at::Links::refuse));
  const CopyDirectory source{.fd = from->get(), .path = part.from->path};
  const CopyDirectory target{.fd = to.get(), .path = part.to};
  for (std::size_t i = part.begin; i < part.end && !changes_.fatal(); ++i) {
    const SourceFile& file = part.from->files[i];
    if (file.children) {
      MBUILD_CHECK(enter(file, target, queue));
    } else if (file.type == oci::EntryType::hardlink) {
      const std::lock_guard lock(mutex_);
      links_.push_back({.path = join_path(part.to, file.name), .first = join_path(top_, file.link)});
    } else {
      MBUILD_CHECK(writer_.write(source, file, target, file.name));
    }
  }
  return {};
}

// Makes the subdirectory, or takes the one that is there, and leaves its contents to the queue.
Result<void> TreeCopy::enter(const SourceFile& file, const CopyDirectory& to, WorkQueue<Part>& queue) {
  const std::string path = join_path(to.path, file.name);
  bool exists = false;
  // The owner must be able to write to it until everything is in it.
  if (::mkdirat(to.fd, file.name.c_str(), (file.mode & 0777) | 0700) != 0) {
    if (errno != EEXIST) return fail_errno(errno, "mkdir /" + path);
    struct stat status {};
    if (::fstatat(to.fd, file.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return fail_errno(errno, "stat /" + path);
    }
    if (!S_ISDIR(status.st_mode)) return std::unexpected(not_a_directory(path, S_ISLNK(status.st_mode)));
    exists = true;
  }
  {
    const std::lock_guard lock(mutex_);
    unfinished_.push_back({path, &file, exists && file.presence == Presence::implied});
  }
  push(*file.children, path, queue);
  return {};
}

Result<void> TreeCopy::make_link(const Link& link) {
  const std::string parent(directory_of(link.path));
  const std::string name(name_of_path(link.path));
  const Fd to = MBUILD_TRY(fs_at::open(root_, parent, O_PATH | O_DIRECTORY, fs_at::Links::refuse));
  const Fd first =
      MBUILD_TRY(fs_at::open(root_, directory_of(link.first), O_PATH | O_DIRECTORY, fs_at::Links::refuse));
  const std::string first_name(name_of_path(link.first));
  if (!MBUILD_TRY(fs_at::stat_if_exists(first.get(), first_name, fs_at::Links::refuse))) {
    changes_.add(link.path);  // the first name was gone when it was its turn
    return {};
  }
  return make_entry({.fd = to.get(), .path = parent}, name,
                    [&] { return ::linkat(first.get(), first_name.c_str(), to.get(), name.c_str(), 0); });
}

Result<void> TreeCopy::finish(const Unfinished& directory) const {
  const Fd fd = MBUILD_TRY(fs_at::open(root_, directory.path, kReadDirectory, fs_at::Links::refuse));
  const FileMetadata landing = landing_of(*directory.file, options_);
  if (!directory.mode_only) return apply_metadata(fd.get(), landing, directory.file->xattrs);
  if (::fchmod(fd.get(), directory.file->mode) != 0) return fail_errno(errno, "chmod");
  return {};
}

Result<void> TreeCopy::run(const SourceFile& directory) {
  WorkQueue<Part> queue(options_.threads,
                        [this](Part& part, WorkQueue<Part>& more) { return copy(part, more); });
  push(*directory.children, top_, queue);
  MBUILD_CHECK(queue.run());
  if (changes_.fatal()) return {};
  std::ranges::sort(links_, {}, &Link::path);
  for (const Link& link : links_) MBUILD_CHECK(make_link(link));
  // A directory's children come after it in this order, so they are finished before it can lock them out.
  std::ranges::sort(unfinished_, std::greater<>(), &Unfinished::path);
  for (const Unfinished& below : unfinished_) MBUILD_CHECK_AS("/" + below.path, finish(below));
  const Fd fd = MBUILD_TRY(fs_at::open(root_, top_, kReadDirectory, fs_at::Links::refuse));
  return set_mtime(fd.get(), directory.identity.mtime);
}

}  // namespace

Result<void> copy_contents(const SourceTree& tree, const SelectedSource& source, int root,
                           const std::string& path, const CopyOptions& options, const EntryWriter& writer,
                           CopyChanges& changes) {
  const auto status = MBUILD_TRY(fs_at::stat_if_exists(root, path, fs_at::Links::refuse));
  if (!status || !S_ISDIR(status->st_mode)) return std::unexpected(not_a_directory(path, false));
  return TreeCopy(tree, root, path, options, writer, changes).run(source.file);
}

}  // namespace mbuild::builder
