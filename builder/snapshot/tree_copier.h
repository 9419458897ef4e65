// Copies files with all that belongs to them from one tree to another.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "builder/snapshot/directory.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Into the tree at `target`, which nobody else uses. Contents are shared (reflink) where the file system can
// do that, and copied where not: never linked, for whoever writes to the copy must not reach the original.
class TreeCopier {
 public:
  explicit TreeCopier(int target) : target_(target) {}  // borrowed

  // Makes `path`, whose directory is there, as the copy of the file of the same path in the tree `source`,
  // which is numbered so that hardlinks within one tree stay hardlinks. Anything but a directory; sockets are
  // left out, and device nodes when the process may not make them.
  Result<void> copy(int source, std::size_t number, const std::string& path, const DirectoryEntry& entry);
  // Makes a directory; its metadata is set by finish(), when its entries are made.
  Result<void> make_directory(const std::string& path, const FileStatus& status);
  Result<void> finish();

 private:
  Result<int> enter(const std::string& directory);
  Result<void> copy_file(int source, const std::string& path, const std::string& name,
                         const FileStatus& status);
  Result<bool> make_special(int parent, const DirectoryEntry& entry);

  int target_;
  std::map<std::pair<std::size_t, ino_t>, std::string> first_names_;
  std::vector<std::pair<std::string, FileStatus>> directories_;
  std::string last_path_;
  Fd last_;
};

}  // namespace mbuild::builder
