// Process: a child that has begun to execute its program, or the reason why it could not.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>

#include "builder/sandbox/child_plan.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Move-only owner: a process that was not waited for is killed and reaped. As the process is the first of its
// pid namespace (where there is one), its death is the death of all that it started.
class Process {
 public:
  struct Options {
    std::uint64_t namespaces = 0;  // CLONE_NEW* for the child, beside those of the calling thread
    int cgroup = -1;               // directory of a cgroup v2 to be born in; -1: the caller's
  };

  // Returns once the program runs. `plan.report` is set here. The child dies with the calling thread, which
  // must have all signals blocked. A program that reaps children that it does not know (wait(-1)) or ignores
  // SIGCHLD cannot use this.
  static Result<Process> start(ChildPlan plan, const Options& options);

  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();

  // Readable, for poll(2), when the process has ended.
  int pidfd() const { return pidfd_.get(); }
  void kill();

  struct Ended {
    int wait_status = 0;
    rusage usage{};
  };
  // Waits for the end; once.
  Result<Ended> wait();

  // What getrusage(2) took over from the builder: a peak below it says nothing about the step.
  std::uint64_t inherited_peak_bytes() const { return inherited_peak_bytes_; }

 private:
  Process(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  pid_t pid_;  // 0 once it was waited for
  Fd pidfd_;
  std::uint64_t inherited_peak_bytes_ = 0;
};

}  // namespace mbuild::builder
