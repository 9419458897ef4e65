#include "builder/sandbox/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <limits>

#include "builder/sandbox/child.h"
#include "builder/sandbox/clone_child.h"
#include "builder/sandbox/raw_calls.h"
#include "builder/sandbox/task_children.h"
#include "registry/base/syscalls.h"

namespace mbuild::builder {

namespace {

void run_step(void* plan) {
  run_child(*static_cast<const ChildPlan*>(plan));
}

pid_t start_step(ChildPlan& plan) {
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  return clone_child(arguments, run_step, &plan);
}

constexpr int kNone = std::numeric_limits<int>::max();

// The lowest of the descriptors in use that is not below `least`.
int next_used(const SupervisorPlan& plan, int least) {
  int found = kNone;
  const auto look_at = [&](int descriptor) {
    if (descriptor >= least) found = std::min(found, descriptor);
  };
  const ChildPlan& step = plan.step;
  for (const int descriptor : {plan.lifeline, plan.outcome, step.report, step.root, step.standard_input,
                               step.standard_output, step.standard_error})
    look_at(descriptor);
  for (std::size_t i = 0; i < step.cgroup_processes_count; ++i) look_at(step.cgroup_processes[i]);
  return found;
}

// Other supervisors wait for the ends of their pipes, of which this process holds copies.
void close_unused(const SupervisorPlan& plan) {
  int next = STDERR_FILENO + 1;
  for (int used = next_used(plan, next); used != kNone; used = next_used(plan, next)) {
    if (used > next) ::close_range(static_cast<unsigned>(next), static_cast<unsigned>(used) - 1, 0);
    next = used + 1;
  }
  ::close_range(static_cast<unsigned>(next), ~0U, 0);
}

int child_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  return ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

// False once `step` has ended and `report` says how. Other children are orphans of the step.
bool reap(pid_t step, SupervisorReport& report) {
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, WNOHANG | __WALL);
    if (ended == 0 || (ended < 0 && errno != EINTR)) return true;
    if (ended != step) continue;
    report.wait_status = status;
    return false;
  }
}

// False when the builder wants the step to end, or is gone.
bool wait_for(pid_t step, int lifeline, SupervisorReport& report) {
  const int signals = child_signals();
  while (reap(step, report)) {
    pollfd entries[] = {{signals, POLLIN, 0}, {lifeline, POLLIN, 0}};
    if (::poll(entries, 2, -1) < 0 && errno != EINTR) return false;
    if (entries[1].revents != 0) return false;
    signalfd_siginfo signal;
    while (::read(signals, &signal, sizeof signal) > 0) {
    }
  }
  return true;
}

// What a killed process leaves behind falls to this one, so that the last round finds nothing.
void kill_all(pid_t step, SupervisorReport& report) {
  for (;;) {
    kill_descendants(::getpid());
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, __WALL);
    if (ended == step) report.wait_status = status;
    if (ended < 0 && errno == ECHILD) return;
  }
}

}  // namespace

void run_supervisor(SupervisorPlan plan) {
  close_unused(plan);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::setsid();
  const pid_t step = start_step(plan.step);
  if (step < 0) {
    const ChildReport failure{.stage = ChildStage::parent, .errnum = errno};
    [[maybe_unused]] const ssize_t written = raw_calls::write(plan.step.report, &failure, sizeof failure);
    raw_calls::exit(1);
  }
  for (const int descriptor : {plan.step.report, plan.step.standard_output, plan.step.standard_error}) {
    raw_calls::close(descriptor);
  }
  SupervisorReport report;
  const bool ended = wait_for(step, plan.lifeline, report);
  kill_all(ended ? 0 : step, report);
  ::getrusage(RUSAGE_CHILDREN, &report.usage);
  [[maybe_unused]] const ssize_t written = raw_calls::write(plan.outcome, &report, sizeof report);
  raw_calls::exit(0);
}

}  // namespace mbuild::builder
