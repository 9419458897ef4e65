#include "builder/sandbox/report_pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "builder/sandbox/child_failure.h"
#include "registry/base/pipe.h"

namespace mbuild::builder {

Result<ReportPipe> ReportPipe::make() {
  Pipe ends = MBUILD_TRY(make_pipe());
  ReportPipe pipe;
  pipe.reader_ = std::move(ends.reader);
  pipe.writer_ = std::move(ends.writer);
  return pipe;
}

bool ReportPipe::next(ChildReport& report) {
  ssize_t size = 0;
  do {
    size = ::read(reader_.get(), &report, sizeof report);
  } while (size < 0 && errno == EINTR);
  return size == sizeof report;
}

Result<std::uint64_t> ReportPipe::outcome(const ChildPlan& plan, bool wait) {
  if (!wait) ::fcntl(reader_.get(), F_SETFL, O_NONBLOCK);
  ChildReport report;
  if (!next(report)) return fail(ErrorKind::io, "the step was killed while it was set up");
  if (report.stage == ChildStage::ready) {
    const std::uint64_t inherited = report.inherited_peak_bytes;
    if (!next(report)) return inherited;
  }
  return std::unexpected(child_failure(report, plan));
}

}  // namespace mbuild::builder
