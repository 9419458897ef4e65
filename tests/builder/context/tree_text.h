// File trees written as text: what a test starts from and what it expects.
//
// One file a line: a type, a path, and in any order what differs from the defaults:
//   d directory, f regular file, l symlink, h hardlink, p FIFO, s socket, c and b device nodes
//   644       mode, octal (default 755 for d, else 644)
//   1:2       owner (default 0:0)
//   =text     content
//   >target   of a symlink; the first name of a hardlink; major:minor of a device node
//   @12.5     mtime: seconds and nanoseconds
//   #k=v      an extended attribute
// Parent directories that are not mentioned are made. Blank lines do not count.
#pragma once

#include <string>
#include <string_view>

#include "registry/base/fd.h"

namespace mbuild::test {

// A directory of its own, removed with everything in it on destruction.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }

 private:
  std::string path_;
  Fd fd_;
};

// Makes the files below `root`; throws std::runtime_error when that fails.
void make_tree(const std::string& root, std::string_view text);

// The text of a tree with every line in full and all lines in order, mtimes only of the paths for which
// `like` has one.
std::string tree_text(const std::string& root, std::string_view like = {});

// `text` in the same form, without looking at any file.
std::string normal_tree_text(std::string_view text);

}  // namespace mbuild::test
