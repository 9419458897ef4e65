#include "builder/snapshot/layer_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <unordered_map>

#include "builder/snapshot/directory.h"
#include "builder/snapshot/overlay_form.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

using oci::Entry;
using oci::EntryType;

constexpr char kCapability[] = "security.capability";

Entry entry_of(DirectoryEntry&& from, std::string path) {
  const FileStatus& status = from.status;
  Entry entry;
  entry.path = std::move(path);
  entry.type = oci::entry_type(status.mode).value_or(EntryType::regular);
  entry.mode = status.mode & 07777;
  entry.uid = status.uid;
  entry.gid = status.gid;
  entry.mtime = status.mtime;
  entry.link = std::move(from.link);
  if (status.is_regular()) entry.size = status.size;
  if (entry.type == EntryType::character_device || entry.type == EntryType::block_device) {
    entry.device_major = ::major(status.device);
    entry.device_minor = ::minor(status.device);
  }
  return entry;
}

class LayerWalk {
 public:
  LayerWalk(int fs, const LayerFileVisitor& visit) : fs_(fs), visit_(visit) {}

  Result<void> walk(const std::string& path) {
    std::vector<DirectoryEntry> entries;
    {
      const Fd directory = MBUILD_TRY_AS(path, open_directory(fs_, path));
      entries = MBUILD_TRY_AS(path, read_directory(directory.get()));
    }
    for (DirectoryEntry& entry : entries) MBUILD_CHECK(visit(std::move(entry), path));
    return {};
  }

 private:
  Result<void> visit(DirectoryEntry entry, const std::string& directory) {
    const FileStatus status = entry.status;
    if (S_ISSOCK(status.mode)) return {};
    std::string path = join_path(directory, entry.name);
    if (OverlayForm::is_whiteout(status.mode, status.device)) {
      LayerFile file;
      file.entry.path = std::move(path);
      file.whiteout = true;
      return visit_(std::move(file));
    }
    LayerFile file{entry_of(std::move(entry), path), false};
    if (status.links > 1 && !status.is_directory()) link(file.entry, status.inode);
    MBUILD_CHECK(visit_(std::move(file)));
    if (status.is_directory()) return walk(path);
    return {};
  }

  void link(Entry& entry, ino_t inode) {
    const auto [first, inserted] = first_names_.try_emplace(inode, entry.path);
    if (inserted) return;
    entry.type = EntryType::hardlink;
    entry.link = first->second;
    entry.size = 0;
    entry.device_major = entry.device_minor = 0;
  }

  int fs_;
  const LayerFileVisitor& visit_;
  std::unordered_map<ino_t, std::string> first_names_;
};

}  // namespace

Result<void> walk_layer(int fs, const LayerFileVisitor& visit) {
  return LayerWalk(fs, visit).walk("");
}

Result<Fd> open_content(int fs, Entry& entry) {
  Fd file = MBUILD_TRY(fs_at::open(fs, entry.path, O_RDONLY | O_NOFOLLOW | O_NOCTTY, fs_at::Links::refuse));
  std::array<char, 256> value{};
  const ssize_t size = ::fgetxattr(file.get(), kCapability, value.data(), value.size());
  if (size >= 0) {
    entry.xattrs[kCapability] = std::string(value.data(), static_cast<std::size_t>(size));
  } else if (errno != ENODATA && errno != ENOTSUP) {
    return fail_errno(errno, entry.path + ": read " + kCapability);
  }
  return file;
}

}  // namespace mbuild::builder
