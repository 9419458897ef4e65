#include "builder/export/tree_walk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <cerrno>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "registry/base/file_owner.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

bool exported(std::string_view name) {
  return name == "security.capability" || (name.starts_with("user.") && !is_owner_record(name));
}

// Extended attributes can be had by path alone where a file may not be opened; the path is that of the
// directory.
Result<std::map<std::string, std::string>> read_xattrs(int parent, const std::string& name) {
  const std::string path = fmt::format("/proc/self/fd/{}/{}", parent, name);
  std::map<std::string, std::string> xattrs;
  std::string names(4096, '\0');
  ssize_t size = ::llistxattr(path.c_str(), names.data(), names.size());
  if (size < 0 && errno == ERANGE) {
    names.resize(64 << 10);  // XATTR_LIST_MAX
    size = ::llistxattr(path.c_str(), names.data(), names.size());
  }
  if (size < 0 && errno == ENOTSUP) return xattrs;
  if (size < 0) return fail_errno(errno, "list extended attributes");
  names.resize(static_cast<std::size_t>(size));

  for (std::size_t at = 0; at < names.size();) {
    const std::string attribute = names.c_str() + at;
    at += attribute.size() + 1;
    if (!exported(attribute)) continue;
    std::string value(64 << 10, '\0');  // XATTR_SIZE_MAX
    const ssize_t length = ::lgetxattr(path.c_str(), attribute.c_str(), value.data(), value.size());
    if (length < 0) return fail_errno(errno, "read extended attribute " + attribute);
    value.resize(static_cast<std::size_t>(length));
    xattrs.emplace(attribute, std::move(value));
  }
  return xattrs;
}

class Walk {
 public:
  explicit Walk(const TreeVisitor& visit) : visit_(visit) {}

  Result<void> directory(int dir, const std::string& path) {
    for (std::string& name : MBUILD_TRY_AS("/" + path, fs_at::list(dir))) {
      const std::string child = path.empty() ? name : path + "/" + name;
      auto status = MBUILD_TRY(fs_at::stat_if_exists(dir, name, fs_at::Links::refuse));
      // A whiteout of nothing: overlay lists those of a directory that one layer alone has.
      if (!status) continue;
      read_owner_at(dir, name.c_str(), *status);
      const auto type = oci::entry_type(status->st_mode);
      if (!type) continue;
      const TreeFile file = MBUILD_TRY_AS("/" + child, describe(dir, name, child, *type, *status));
      MBUILD_CHECK_AS("/" + child, visit_(file));
      if (*type != oci::EntryType::directory) continue;
      const Fd below =
          MBUILD_TRY(fs_at::open(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, fs_at::Links::refuse));
      MBUILD_CHECK(directory(below.get(), child));
    }
    return {};
  }

 private:
  Result<TreeFile> describe(int dir, const std::string& name, const std::string& path, oci::EntryType type,
                            const struct stat& status) {
    TreeFile file{{}, dir, name, std::nullopt};
    oci::Entry& entry = file.entry;
    entry.path = path;
    entry.type = type;
    entry.mode = status.st_mode & 07777;
    entry.uid = status.st_uid;
    entry.gid = status.st_gid;
    entry.mtime = status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec;
    if (type != oci::EntryType::directory && status.st_nlink > 1) {
      const auto [first, fresh] = first_names_.emplace(std::pair(status.st_dev, status.st_ino), path);
      if (!fresh) {
        entry.type = oci::EntryType::hardlink;
        entry.link = first->second;
        return file;
      }
    }
    if (type == oci::EntryType::regular) entry.size = static_cast<std::uint64_t>(status.st_size);
    if (type == oci::EntryType::symlink) entry.link = MBUILD_TRY(fs_at::read_link(dir, name));
    if (type == oci::EntryType::character_device || type == oci::EntryType::block_device) {
      entry.device_major = major(status.st_rdev);
      entry.device_minor = minor(status.st_rdev);
    }
    entry.xattrs = MBUILD_TRY(read_xattrs(dir, name));
    return file;
  }

  const TreeVisitor& visit_;
  std::map<std::pair<dev_t, ino_t>, std::string> first_names_;
};

}  // namespace

Result<void> walk_tree(int root, const TreeVisitor& visit) {
  // An O_PATH descriptor cannot be listed.
  const Fd dir = MBUILD_TRY(fs_at::open(root, ".", O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
  return Walk(visit).directory(dir.get(), "");
}

}  // namespace mbuild::builder
