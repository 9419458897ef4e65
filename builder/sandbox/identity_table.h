// IdentityTable: who the processes of a step believe to be.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "builder/sandbox/identity.h"
#include "registry/base/fd.h"

namespace mbuild::builder {

// A process that was not seen before has the identity of its parent. Not thread-safe.
class IdentityTable {
 public:
  // `proc` is a directory of a proc file system that shows the processes, borrowed. `first` is the identity
  // of the step's first process.
  IdentityTable(int proc, Identity first) : proc_(proc), first_(std::move(first)) {}

  // The identity of the process that a thread belongs to, to be read and changed until the next call.
  Identity& of_thread(pid_t thread);

 private:
  // A process is told from a later one of the same id by when it started.
  struct Known {
    std::string started;
    Identity identity;
  };
  struct Stat {
    pid_t parent = 0;
    std::string started;
  };

  Known& find(pid_t process, int depth);
  std::string read(const std::string& path) const;
  Stat stat_of(pid_t process) const;

  int proc_;
  Identity first_;
  std::map<pid_t, Known> known_;
};

}  // namespace mbuild::builder
