// ProcessFiles: the files that a process of a step names, seen from the builder.
#pragma once

#include <sys/types.h>

#include <string>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Paths are resolved as the process would: below its root, from its directory. For one thread, which must
// have a root directory of its own (CLONE_FS).
class ProcessFiles {
 public:
  // Opens the proc file system and the root directory of the calling process.
  static Result<ProcessFiles> open();

  // A proc file system that shows the processes.
  int proc() const { return proc_.get(); }

  // What a descriptor of the process is, or its working directory (AT_FDCWD); O_PATH. Empty, with errno, when
  // there is none.
  Fd open_held(pid_t thread, int descriptor) const;

  // A file, O_PATH, and where it is. Without a file, errno says why.
  struct Target {
    Fd file;
    Fd parent;
    std::string name;
  };
  // `flags` may hold AT_SYMLINK_NOFOLLOW; a path that is not empty.
  Target open_at(pid_t thread, int directory, const std::string& path, int flags) const;

 private:
  ProcessFiles(Fd proc, Fd root) : proc_(std::move(proc)), root_(std::move(root)) {}

  bool enter_root_of(pid_t thread, int directory) const;
  void leave_root() const;

  Fd proc_;
  Fd root_;
};

}  // namespace mbuild::builder
