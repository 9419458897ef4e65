// ReportPipe: how the builder learns whether a child could execute its program.
#pragma once

#include <cstdint>

#include "builder/sandbox/child_plan.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

class ReportPipe {
 public:
  static Result<ReportPipe> make();

  int writer() const { return writer_.get(); }
  void close_writer() { writer_.reset(); }

  // What the child of `plan` said: its error, or the peak memory (bytes) that it inherited when all is well.
  // `wait` waits for the child to close its end; else only what is in the pipe counts, which is all when the
  // child has executed its program or ended.
  Result<std::uint64_t> outcome(const ChildPlan& plan, bool wait);

 private:
  bool next(ChildReport& report);

  Fd reader_;
  Fd writer_;
};

}  // namespace mbuild::builder
