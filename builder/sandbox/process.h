// Process: a child that has begun to execute its program, or the reason why it could not.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "builder/sandbox/child_plan.h"
#include "builder/sandbox/step_process.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// As the process is the first of its pid namespace, its death is the death of all that it started. Movable.
class Process : public StepProcess {
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
  ~Process() override;

  int ended_descriptor() const override { return pidfd_.get(); }
  void kill() override;
  Result<Ended> wait() override;
  std::uint64_t inherited_peak_bytes() const override { return inherited_peak_bytes_; }

 private:
  Process(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  pid_t pid_;  // 0 once it was waited for
  Fd pidfd_;
  std::uint64_t inherited_peak_bytes_ = 0;
};

}  // namespace mbuild::builder
