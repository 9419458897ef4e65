// fs_at::remove_tree: trees of any depth and size, in constant memory and with few descriptors.
#include <dirent.h>

#include <cerrno>
#include <memory>

#include "registry/base/fs_at.h"
#include "registry/base/syscalls.h"

namespace mbuild::fs_at {

namespace {

// A directory at this depth is moved up into the tree's root and met again there, so that a tree of any depth
// costs neither stack nor descriptors.
constexpr int kDepthLimit = 64;

// An unprivileged owner may have to give himself access to what a step left behind.
bool unlock(int parent, const std::string& name) {
  const Fd fd(::openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return fd && ::chmod(("/proc/self/fd/" + std::to_string(fd.get())).c_str(), 0700) == 0;
}

// Runs `operation` (a system call: 0 or more is success); once more after `unlock`ing when access is denied.
template <class Operation>
int with_access(int parent, const std::string& name, Operation operation) {
  const int result = operation();
  if (result >= 0 || errno != EACCES) return result;
  if (!unlock(parent, name)) {
    errno = EACCES;
    return -1;
  }
  return operation();
}

// Fails with EXDEV instead of crossing into a mount, be it a bind mount of the same file system.
Result<Fd> enter(int parent, const std::string& name) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  Fd fd(with_access(parent, name, [&] { return syscalls::openat2(parent, name.c_str(), how); }));
  if (!fd && errno == EXDEV) return fail_errno(EBUSY, "something is mounted on it");
  if (!fd) return fail_errno(errno, "open");
  return fd;
}

class TreeRemover {
 public:
  // A directory that the tree's deep parts are moved to is `name` itself.
  Result<void> remove_root(int parent, const std::string& name) {
    const Fd root = MBUILD_TRY(enter(parent, name));
    root_ = root.get();
    return remove_directory(parent, name, 0);
  }

 private:
  // Passes, because removing while reading can make readdir(3) miss entries, and because of moved entries.
  Result<void> remove_directory(int parent, const std::string& name, int depth) {
    for (;;) {
      const std::uint64_t before = removed_;
      {
        Fd dir = MBUILD_TRY(enter(parent, name));
        MBUILD_CHECK(remove_entries(std::move(dir), depth + 1));
      }
      const int result =
          with_access(parent, ".", [&] { return ::unlinkat(parent, name.c_str(), AT_REMOVEDIR); });
      if (result == 0 || errno == ENOENT) {
        ++removed_;
        return {};
      }
      if ((errno != ENOTEMPTY && errno != EEXIST) || removed_ == before) return fail_errno(errno, "rmdir");
    }
  }

  Result<void> remove_entries(Fd dir, int depth) {
    std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(dir.get()), &::closedir);
    if (!stream) return fail_errno(errno, "list");
    const int fd = dir.release();
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream.get());
      if (entry == nullptr) break;
      const std::string name = entry->d_name;
      if (name != "." && name != "..") MBUILD_CHECK_AS(name, remove_entry(fd, name, depth));
    }
    if (errno != 0) return fail_errno(errno, "list");
    return {};
  }

  Result<void> remove_entry(int parent, const std::string& name, int depth) {
    const int result = with_access(parent, ".", [&] { return ::unlinkat(parent, name.c_str(), 0); });
    if (result == 0 || errno == ENOENT) {
      ++removed_;
      return {};
    }
    if (errno != EISDIR) return fail_errno(errno, "unlink");
    if (depth < kDepthLimit) return remove_directory(parent, name, depth);
    return move_to_root(parent, name);
  }

  Result<void> move_to_root(int parent, const std::string& name) {
    for (;;) {
      const std::string moved = ".removing-" + std::to_string(moved_++);
      const int result = with_access(parent, name, [&] {
        return ::renameat2(parent, name.c_str(), root_, moved.c_str(), RENAME_NOREPLACE);
      });
      if (result == 0) {
        ++removed_;
        return {};
      }
      if (errno != EEXIST) return fail_errno(errno, "rename");
    }
  }

  int root_ = -1;
  std::uint64_t removed_ = 0;  // or moved up: steps towards the end
  std::uint64_t moved_ = 0;
};

}  // namespace

Result<void> remove_tree(int dir, const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    return fail(ErrorKind::internal, "remove \"" + name + "\": not the name of a directory entry");
  }
  if (::unlinkat(dir, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR) return fail_errno(errno, "remove " + name);
  MBUILD_CHECK_AS("remove " + name, TreeRemover().remove_root(dir, name));
  return {};
}

}  // namespace mbuild::fs_at
