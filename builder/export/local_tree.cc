#include "builder/export/local_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "registry/base/atomic_file.h"
#include "registry/base/copy_file.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

std::string last_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string parent_path(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::array<timespec, 2> times_of(const oci::Entry& entry) {
  constexpr std::int64_t second = 1'000'000'000;
  std::int64_t seconds = entry.mtime / second;
  if (entry.mtime % second < 0) --seconds;
  const timespec time{static_cast<time_t>(seconds), static_cast<long>(entry.mtime - seconds * second)};
  return {time, time};
}

// Makes room for something that is not a directory, or for a directory where something else is.
Result<void> clear(int parent, const std::string& name, bool for_directory) {
  const auto there = MBUILD_TRY(fs_at::stat_if_exists(parent, name, fs_at::Links::refuse));
  if (!there || S_ISDIR(there->st_mode) == for_directory) return {};
  return fs_at::remove_tree(parent, name);
}

Result<void> write_regular(const TreeFile& file, int parent, const std::string& name) {
  AtomicFile to = MBUILD_TRY(AtomicFile::create(parent, name, file.entry.mode));
  if (file.content) {
    MBUILD_CHECK(to.write(bytes_of(*file.content)));
  } else {
    const Fd from =
        MBUILD_TRY(fs_at::open(file.parent, file.name, O_RDONLY | O_NOFOLLOW, fs_at::Links::refuse));
    MBUILD_CHECK(copy_file(from.get(), to.fd()));
  }
  for (const auto& [attribute, value] : file.entry.xattrs) {
    // What the destination, or the caller's rights, cannot hold is left out.
    (void)::fsetxattr(to.fd(), attribute.c_str(), value.data(), value.size(), 0);
  }
  if (::fchmod(to.fd(), file.entry.mode) != 0)
    return fail_errno(errno, "chmod");  // writing drops set-user-ID
  if (::futimens(to.fd(), times_of(file.entry).data()) != 0) return fail_errno(errno, "set the times");
  return to.commit();
}

// Symlinks and FIFOs: made anew, since there is no content to keep.
Result<void> write_special(const oci::Entry& entry, int parent, const std::string& name) {
  if (::unlinkat(parent, name.c_str(), 0) != 0 && errno != ENOENT) return fail_errno(errno, "replace");
  if (entry.type == oci::EntryType::symlink) {
    if (::symlinkat(entry.link.c_str(), parent, name.c_str()) != 0) return fail_errno(errno, "symlink");
  } else {
    if (::mkfifoat(parent, name.c_str(), 0600) != 0) return fail_errno(errno, "mkfifo");
    if (::fchmodat(parent, name.c_str(), entry.mode, 0) != 0) return fail_errno(errno, "chmod");
  }
  if (::utimensat(parent, name.c_str(), times_of(entry).data(), AT_SYMLINK_NOFOLLOW) != 0) {
    return fail_errno(errno, "set the times");
  }
  return {};
}

}  // namespace

Result<LocalTree> LocalTree::open(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return fail_errno(error.value(), "make directory " + path);
  return LocalTree(MBUILD_TRY(fs_at::open_trusted(path, O_RDONLY | O_DIRECTORY)));
}

Result<int> LocalTree::parent_of(const std::string& path) {
  std::string parent = parent_path(path);
  if (parent.empty()) return root_.get();
  if (parent != open_path_ || !open_dir_) {
    open_dir_ = MBUILD_TRY(fs_at::open(root_.get(), parent, O_PATH | O_DIRECTORY, fs_at::Links::refuse));
    open_path_ = std::move(parent);
  }
  return open_dir_.get();
}

Result<void> LocalTree::add(const TreeFile& file) {
  const oci::Entry& entry = file.entry;
  const std::string name = last_name(entry.path);
  const int parent = MBUILD_TRY(parent_of(entry.path));
  MBUILD_CHECK(clear(parent, name, entry.type == oci::EntryType::directory));
  switch (entry.type) {
    case oci::EntryType::directory:
      return make_directory(parent, name, entry);
    case oci::EntryType::regular:
      return write_regular(file, parent, name);
    case oci::EntryType::hardlink:
      return link_first_name(parent, name, entry);
    case oci::EntryType::symlink:
    case oci::EntryType::fifo:
      return write_special(entry, parent, name);
    case oci::EntryType::character_device:
    case oci::EntryType::block_device:
      return {};
  }
  return {};
}

Result<void> LocalTree::make_directory(int parent, const std::string& name, const oci::Entry& entry) {
  if (::mkdirat(parent, name.c_str(), 0700) != 0) {
    if (errno != EEXIST) return fail_errno(errno, "mkdir");
    // It is to be written into; its final mode comes last.
    const auto there = MBUILD_TRY(fs_at::stat_if_exists(parent, name, fs_at::Links::refuse));
    const bool writable = there && (there->st_mode & 0700) == 0700;
    if (!writable && ::fchmodat(parent, name.c_str(), 0700, 0) != 0) return fail_errno(errno, "chmod");
  }
  directories_.push_back(entry);
  return {};
}

Result<void> LocalTree::link_first_name(int parent, const std::string& name, const oci::Entry& entry) {
  if (::unlinkat(parent, name.c_str(), 0) != 0 && errno != ENOENT) return fail_errno(errno, "replace");
  Fd first_parent;
  int first_dir = root_.get();
  if (const std::string path = parent_path(entry.link); !path.empty()) {
    first_parent = MBUILD_TRY(fs_at::open(root_.get(), path, O_PATH | O_DIRECTORY, fs_at::Links::refuse));
    first_dir = first_parent.get();
  }
  if (::linkat(first_dir, last_name(entry.link).c_str(), parent, name.c_str(), 0) == 0) return {};
  if (errno == ENOENT) return {};  // names of a device, which was left out
  return fail_errno(errno, "link to " + entry.link);
}

Result<void> LocalTree::finish() {
  // Children before parents: setting a child's times changes its parent's.
  for (auto entry = directories_.rbegin(); entry != directories_.rend(); ++entry) {
    const std::string action = "/" + entry->path;
    const Fd dir = MBUILD_TRY_AS(
        action, fs_at::open(root_.get(), entry->path, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
    if (::fchmod(dir.get(), entry->mode) != 0) return fail_errno(errno, action + ": chmod");
    if (::futimens(dir.get(), times_of(*entry).data()) != 0)
      return fail_errno(errno, action + ": set the times");
  }
  return {};
}

}  // namespace mbuild::builder
