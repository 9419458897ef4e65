#include "builder/snapshot/layer_apply.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "builder/snapshot/directory.h"
#include "builder/snapshot/layer_member.h"
#include "builder/snapshot/unpack_paths.h"
#include "registry/base/file_owner.h"

namespace mbuild::builder {

namespace {

using oci::Entry;
using oci::EntryType;
using Place = UnpackPaths::Place;

std::array<timespec, 2> times_of(const Entry& entry) {
  return {timespec_of(entry.mtime), timespec_of(entry.mtime)};
}

// What new files get: no directory is set-group-ID before the end.
struct Owner {
  uid_t uid = ::geteuid();
  gid_t gid = ::getegid();
  bool is_of(const Entry& entry) const { return entry.uid == uid && entry.gid == gid; }
};

// After the owner: chown(2) clears capabilities.
Result<void> set_xattrs(int fd, const Entry& entry) {
  for (const auto& [name, value] : entry.xattrs) {
    if (!is_kept_xattr(name)) continue;
    if (::fsetxattr(fd, name.c_str(), value.data(), value.size(), 0) != 0 && errno != ENOTSUP) {
      return fail_errno(errno, "set " + name);
    }
  }
  return {};
}

Result<void> set_metadata(int fd, const Entry& entry, const Owner& owner) {
  if (!owner.is_of(entry) && set_owner(fd, entry.uid, entry.gid) != 0) return fail_errno(errno, "set owner");
  if (::fchmod(fd, entry.mode) != 0) return fail_errno(errno, "set mode");
  if (!entry.xattrs.empty()) MBUILD_CHECK(set_xattrs(fd, entry));
  if (::futimens(fd, times_of(entry).data()) != 0) return fail_errno(errno, "set times");
  return {};
}

// Of what is not a regular file or a directory: the mode of symlinks cannot be set.
Result<void> set_metadata(const Place& place, const Entry& entry, const Owner& owner) {
  const int directory = place.directory->get();
  const char* name = place.name.c_str();
  if (!owner.is_of(entry) && set_owner_at(directory, name, entry.uid, entry.gid) != 0) {
    return fail_errno(errno, "set owner");
  }
  if (entry.type != EntryType::symlink && ::fchmodat(directory, name, entry.mode, 0) != 0) {
    return fail_errno(errno, "set mode");
  }
  if (::utimensat(directory, name, times_of(entry).data(), AT_SYMLINK_NOFOLLOW) != 0) {
    return fail_errno(errno, "set times");
  }
  return {};
}

Result<void> write_at(int fd, const oci::ArchiveBlock& block) {
  ByteView data = block.data;
  auto offset = static_cast<off_t>(block.offset);
  while (!data.empty()) {
    const ssize_t size = ::pwrite(fd, data.data(), data.size(), offset);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno(errno, "write");
    data = data.subspan(static_cast<std::size_t>(size));
    offset += size;
  }
  return {};
}

class LayerUnpacker {
 public:
  LayerUnpacker(oci::ArchiveReader& archive, int fs, const OverlayForm& form)
      : archive_(archive), form_(form), paths_(fs, form) {}

  Result<AppliedLayer> run() {
    while (auto entry = MBUILD_TRY(archive_.next())) {
      ++result_.entries;
      result_.bytes += entry->size;
      MBUILD_CHECK_AS("unpack \"" + entry->path + "\"", apply(*entry));
    }
    MBUILD_CHECK(paths_.finish([&](int fd, const Entry& entry) { return set_metadata(fd, entry, owner_); }));
    result_.implied_directories = paths_.implied();
    return std::move(result_);
  }

 private:
  Result<void> apply(const Entry& entry) {
    if (entry.path.empty()) return apply_root(entry);
    const MemberKind kind = kind_of_member(entry.path);
    if (kind == MemberKind::metadata) return {};
    const Place place = MBUILD_TRY(paths_.place(entry.path));
    if (kind == MemberKind::opaque) return apply_opaque(place);
    if (kind == MemberKind::whiteout) return apply_whiteout(place);
    switch (entry.type) {
      case EntryType::directory:
        return paths_.add_directory(place, entry);
      case EntryType::regular:
        return apply_file(place, entry);
      case EntryType::hardlink:
        return apply_hardlink(place, entry);
      case EntryType::symlink:
        return apply_symlink(place, entry);
      case EntryType::character_device:
        return apply_node(place, entry, S_IFCHR);
      case EntryType::block_device:
        return apply_node(place, entry, S_IFBLK);
      case EntryType::fifo:
        return apply_node(place, entry, S_IFIFO);
    }
    return {};
  }

  Result<void> apply_root(const Entry& entry) {
    if (entry.type != EntryType::directory) return fail(ErrorKind::corrupt, "the root is not a directory");
    paths_.set_root(entry);
    return {};
  }

  Result<void> apply_opaque(const Place& place) {
    result_.whiteouts = true;
    if (place.path.empty()) {
      result_.hides_lower = true;
      return {};
    }
    const Fd directory(::openat(place.directory->get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return fail_errno(errno, "open directory");
    return form_.make_opaque(directory.get());
  }

  Result<void> apply_whiteout(Place place) {
    place.name = MBUILD_TRY(whiteout_target(place.name));
    MBUILD_CHECK(paths_.clear(place));
    result_.whiteouts = true;
    return OverlayForm::make_whiteout(place.directory->get(), place.name);
  }

  // Runs `make`, a system call; once more, with the name made free, when it is taken. Gives what it returned,
  // with errno.
  template <class Make>
  Result<int> make_at(const Place& place, Make make) {
    const int made = make();
    if (made >= 0 || errno != EEXIST) return made;
    MBUILD_CHECK(paths_.clear(place));
    return make();
  }

  Result<void> apply_file(const Place& place, const Entry& entry) {
    const Fd file(MBUILD_TRY(make_at(place, [&] {
      return ::openat(place.directory->get(), place.name.c_str(),
                      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    })));
    if (!file) return fail_errno(errno, "create file");
    std::uint64_t end = 0;
    while (end < entry.size) {
      const auto block = MBUILD_TRY(archive_.read());
      if (!block) break;
      MBUILD_CHECK(write_at(file.get(), *block));
      end = block->offset + block->data.size();
    }
    // A hole at the end of a sparse file.
    if (end < entry.size && ::ftruncate(file.get(), static_cast<off_t>(entry.size)) != 0) {
      return fail_errno(errno, "set size");
    }
    return set_metadata(file.get(), entry, owner_);
  }

  Result<void> apply_hardlink(const Place& place, const Entry& entry) {
    const std::string action = "link to \"" + entry.link + "\"";
    if (entry.link.empty() || entry.link == entry.path) return fail(ErrorKind::corrupt, action);
    const Place target = MBUILD_TRY_AS(action, paths_.find(entry.link));
    const int made = MBUILD_TRY(make_at(place, [&] {
      return ::linkat(target.directory->get(), target.name.c_str(), place.directory->get(),
                      place.name.c_str(), 0);
    }));
    if (made < 0) return fail_errno(errno, action);
    return {};
  }

  Result<void> apply_symlink(const Place& place, const Entry& entry) {
    const int made = MBUILD_TRY(make_at(
        place, [&] { return ::symlinkat(entry.link.c_str(), place.directory->get(), place.name.c_str()); }));
    if (made < 0) return fail_errno(errno, "make symlink");
    return set_metadata(place, entry, owner_);
  }

  Result<void> apply_node(const Place& place, const Entry& entry, mode_t type) {
    const dev_t device = type == S_IFIFO ? 0 : ::makedev(entry.device_major, entry.device_minor);
    const int made = MBUILD_TRY(make_at(
        place, [&] { return ::mknodat(place.directory->get(), place.name.c_str(), type | 0600, device); }));
    if (made < 0 && errno == EPERM && type != S_IFIFO) return {};
    if (made < 0) return fail_errno(errno, "make device node");
    return set_metadata(place, entry, owner_);
  }

  oci::ArchiveReader& archive_;
  OverlayForm form_;
  Owner owner_;
  UnpackPaths paths_;
  AppliedLayer result_;
};

}  // namespace

Result<AppliedLayer> apply_layer(oci::ArchiveReader& archive, int fs, const OverlayForm& form) {
  return LayerUnpacker(archive, fs, form).run();
}

}  // namespace mbuild::builder
