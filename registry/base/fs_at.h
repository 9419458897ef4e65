// Files beneath a directory: every path of an image, archive or context is resolved by the kernel under a
// directory descriptor (openat2(2)) and cannot leave it, whatever symlinks or ".." it holds.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::fs_at {

enum class Links {
  in_root,  // symlinks are followed as if `dir` were "/" (RESOLVE_IN_ROOT)
  refuse,   // any symlink on the way is an error (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)
};

// openat2 with O_CLOEXEC. `flags` and `mode` (which the umask touches) as open(2). Magic links are never
// followed. An empty path or "." is `dir`. Leaving the root and refused links are `invalid_input`; a kernel
// before 5.6, which has no openat2, is `unsupported`.
Result<Fd> open(int dir, std::string_view path, int flags, Links links, mode_t mode = 0);
// nullopt for a path that does not exist, be it because something on the way to it is not a directory.
Result<std::optional<Fd>> open_if_exists(int dir, std::string_view path, int flags, Links links);

// A path that the program itself chose: plain open(2) semantics with O_CLOEXEC.
Result<Fd> open_trusted(const std::string& path, int flags, mode_t mode = 0);

// statx of the name itself, not of what a symlink at its end points to. Absent gives nullopt.
Result<std::optional<struct stat>> stat_if_exists(int dir, std::string_view path, Links links);

// Names in a directory, sorted bytewise, without "." and "..".
Result<std::vector<std::string>> list(int dir);
// The same of a directory that is open for reading and that no other thread reads, from where it stands to
// its end.
Result<std::vector<std::string>> list_opened(int dir);

// mkdir -p beneath `dir` of a path without "..", following no symlinks; existing directories are left alone.
// Gives the last directory, opened O_PATH | O_DIRECTORY. The umask does not touch `mode`.
Result<Fd> make_directories(int dir, std::string_view path, mode_t mode);

// Removes the entry `name` of `dir` and all below it, of any depth. Never enters a mount: one below `name` is
// an error (EBUSY). Directories that their owner may not write are made writable. Absent is success.
Result<void> remove_tree(int dir, const std::string& name);

// Whole contents; `invalid_input` for files above `limit` bytes and for anything but a regular file.
Result<std::string> read_file(int dir, std::string_view path, Links links, std::uint64_t limit);

// The target of the symbolic link `name` (no slash) in `dir`.
Result<std::string> read_link(int dir, const std::string& name);

}  // namespace mbuild::fs_at
