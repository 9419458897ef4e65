#include "builder/snapshot/lower_tree.h"

#include <fcntl.h>

#include <cerrno>

#include "registry/base/file_owner.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

Result<int> DirectoryTree::enter(const std::string& directory) {
  if (!last_ || last_path_ != directory) {
    last_ = MBUILD_TRY_AS(directory, open_directory(root_, directory));
    last_path_ = directory;
  }
  return last_.get();
}

Result<std::optional<DirectoryEntry>> DirectoryTree::find(const std::string& directory,
                                                          const std::string& name) {
  const int parent = MBUILD_TRY(enter(directory));
  struct stat status {};
  if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::nullopt;
    return fail_errno(errno, join_path(directory, name));
  }
  read_owner_at(parent, name.c_str(), status);
  DirectoryEntry entry{name, status_of(status), {}};
  if (entry.status.is_symlink()) entry.link = MBUILD_TRY(fs_at::read_link(parent, name));
  return std::optional<DirectoryEntry>(std::move(entry));
}

Result<std::vector<DirectoryEntry>> DirectoryTree::list(const std::string& directory) {
  return read_directory(MBUILD_TRY(enter(directory)));
}

Result<Fd> DirectoryTree::open(const std::string& path) {
  return fs_at::open(root_, path, O_RDONLY | O_NOFOLLOW, fs_at::Links::refuse);
}

}  // namespace mbuild::builder
