#include "builder/sandbox/process.h"

#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "builder/sandbox/child.h"
#include "builder/sandbox/clone_child.h"
#include "builder/sandbox/report_pipe.h"
#include "registry/base/syscalls.h"

namespace mbuild::builder {

namespace {

void enter(void* plan) {
  run_child(*static_cast<const ChildPlan*>(plan));
}

}  // namespace

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      pidfd_(std::move(other.pidfd_)),
      inherited_peak_bytes_(other.inherited_peak_bytes_) {}

Process::~Process() {
  if (pid_ == 0) return;
  Process::kill();
  [[maybe_unused]] const auto ended = Process::wait();
}

Result<Process> Process::start(ChildPlan plan, const Options& options) {
  ReportPipe pipe = MBUILD_TRY(ReportPipe::make());
  plan.report = pipe.writer();

  int pidfd = -1;
  clone_args arguments{};
  arguments.flags = CLONE_PIDFD | options.namespaces;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  if (options.cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<std::uint64_t>(options.cgroup);
  }
  const pid_t pid = clone_child(arguments, enter, &plan);
  if (pid < 0) return fail_errno(errno, "clone a process into new namespaces");
  Process process(pid, Fd(pidfd));
  // Waiting for the end of file could take long: children of other threads may hold the pipe for a while.
  process.inherited_peak_bytes_ = MBUILD_TRY(pipe.outcome(plan, false));
  return process;
}

void Process::kill() {
  syscalls::pidfd_send_signal(pidfd_.get(), SIGKILL);
}

Result<StepProcess::Ended> Process::wait() {
  Ended ended;
  const pid_t pid = std::exchange(pid_, 0);
  while (::wait4(pid, &ended.wait_status, __WALL, &ended.usage) < 0) {
    if (errno != EINTR) return fail_errno(errno, "wait for the step");
  }
  return ended;
}

}  // namespace mbuild::builder
