#include "builder/sandbox/supervised_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "builder/sandbox/blocked_signals.h"
#include "builder/sandbox/report_pipe.h"
#include "builder/sandbox/supervisor.h"
#include "registry/base/pipe.h"

namespace mbuild::builder {

namespace {

// The supervisor keeps the builder's memory until it exits, without touching it.
Result<pid_t> fork_supervisor(const SupervisorPlan& plan) {
  const BlockedSignals blocked;
  const pid_t pid = ::fork();
  if (pid == 0) run_supervisor(plan);
  if (pid < 0) return fail_errno(errno, "fork the step's supervisor");
  return pid;
}

}  // namespace

SupervisedProcess::SupervisedProcess(SupervisedProcess&& other) noexcept
    : supervisor_(std::exchange(other.supervisor_, 0)),
      lifeline_(std::move(other.lifeline_)),
      outcome_(std::move(other.outcome_)),
      inherited_peak_bytes_(other.inherited_peak_bytes_) {}

SupervisedProcess::~SupervisedProcess() {
  if (supervisor_ == 0) return;
  SupervisedProcess::kill();
  [[maybe_unused]] const auto ended = SupervisedProcess::wait();
}

Result<SupervisedProcess> SupervisedProcess::start(ChildPlan plan) {
  ReportPipe report = MBUILD_TRY(ReportPipe::make());
  Pipe lifeline = MBUILD_TRY(make_pipe());
  Pipe outcome = MBUILD_TRY(make_pipe());
  plan.report = report.writer();
  const pid_t pid = MBUILD_TRY(fork_supervisor({plan, lifeline.reader.get(), outcome.writer.get()}));
  SupervisedProcess process(pid, std::move(lifeline.writer), std::move(outcome.reader));
  report.close_writer();
  process.inherited_peak_bytes_ = MBUILD_TRY(report.outcome(plan, true));
  return process;
}

Result<StepProcess::Ended> SupervisedProcess::wait() {
  SupervisorReport report;
  ssize_t size = 0;
  do {
    size = ::read(outcome_.get(), &report, sizeof report);
  } while (size < 0 && errno == EINTR);
  const pid_t supervisor = std::exchange(supervisor_, 0);
  while (::waitpid(supervisor, nullptr, 0) < 0) {
    if (errno != EINTR) return fail_errno(errno, "wait for the step's supervisor");
  }
  if (size != sizeof report) return fail(ErrorKind::io, "the step's supervisor was killed");
  return Ended{report.wait_status, report.usage};
}

}  // namespace mbuild::builder
