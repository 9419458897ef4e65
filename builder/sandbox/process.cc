#include "builder/sandbox/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "builder/sandbox/child.h"
#include "builder/sandbox/child_failure.h"
#include "builder/sandbox/clone_child.h"
#include "registry/base/syscalls.h"

namespace mbuild::builder {

namespace {

struct Pipe {
  Fd reader;
  Fd writer;
};

Result<Pipe> make_report_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return fail_errno(errno, "make a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

void enter(void* plan) {
  run_child(*static_cast<const ChildPlan*>(plan));
}

// All reports are in the pipe already: the child has executed its program or is gone. Waiting for the end of
// file instead could take long, as unrelated children of other threads may hold the pipe for a while.
bool next_report(const Fd& pipe, ChildReport& report) {
  ssize_t size = 0;
  do {
    size = ::read(pipe.get(), &report, sizeof report);
  } while (size < 0 && errno == EINTR);
  return size == sizeof report;
}

}  // namespace

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      pidfd_(std::move(other.pidfd_)),
      inherited_peak_bytes_(other.inherited_peak_bytes_) {}

Process::~Process() {
  if (pid_ == 0) return;
  kill();
  [[maybe_unused]] const auto ended = wait();
}

Result<Process> Process::start(ChildPlan plan, const Options& options) {
  Pipe pipe = MBUILD_TRY(make_report_pipe());
  plan.report = pipe.writer.get();

  int pidfd = -1;
  clone_args arguments{};
  arguments.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND | options.namespaces;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  if (options.cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<std::uint64_t>(options.cgroup);
  }
  const pid_t pid = clone_child(arguments, enter, &plan);
  if (pid < 0) return fail_errno(errno, "clone a process into new namespaces");
  Process process(pid, Fd(pidfd));

  ChildReport report;
  if (!next_report(pipe.reader, report)) {
    return fail(ErrorKind::io, "the step was killed while it was set up");
  }
  if (report.stage == ChildStage::ready) {
    process.inherited_peak_bytes_ = report.inherited_peak_bytes;
    if (!next_report(pipe.reader, report)) return process;
  }
  return std::unexpected(child_failure(report, plan));
}

void Process::kill() {
  syscalls::pidfd_send_signal(pidfd_.get(), SIGKILL);
}

Result<Process::Ended> Process::wait() {
  Ended ended;
  const pid_t pid = std::exchange(pid_, 0);
  while (::wait4(pid, &ended.wait_status, __WALL, &ended.usage) < 0) {
    if (errno != EINTR) return fail_errno(errno, "wait for the step");
  }
  return ended;
}

}  // namespace mbuild::builder
