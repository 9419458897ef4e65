// The entries of one directory with what is to be known of each, in the order of a layer's tarball.
#pragma once

#include <sys/stat.h>
#include <time.h>

#include <cstdint>
#include <string>
#include <vector>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// What lstat(2) says, in less room. Times are nanoseconds since the epoch.
struct FileStatus {
  mode_t mode = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  dev_t device = 0;  // of device nodes
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
  std::int64_t ctime = 0;
  ino_t inode = 0;
  nlink_t links = 0;

  bool is_directory() const { return S_ISDIR(mode); }
  bool is_regular() const { return S_ISREG(mode); }
  bool is_symlink() const { return S_ISLNK(mode); }
};

FileStatus status_of(const struct stat& status);

// Rounded down, also before 1970: what a tarball keeps of a time.
std::int64_t whole_seconds(std::int64_t nanoseconds);
timespec timespec_of(std::int64_t nanoseconds);

struct DirectoryEntry {
  std::string name;
  FileStatus status;
  std::string link;  // target of a symlink
};

// Sorted by name, bytewise. `directory` stays where it stands.
Result<std::vector<DirectoryEntry>> read_directory(int directory);

// The directory at a path that is known to hold no symlinks, for reading.
Result<Fd> open_directory(int root, const std::string& path);

// "" and "b" -> "b"; "a" and "b" -> "a/b".
std::string join_path(const std::string& directory, const std::string& name);

}  // namespace mbuild::builder
