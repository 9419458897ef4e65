// SupervisedProcess: a step where there are no pid namespaces.
#pragma once

#include <sys/types.h>

#include "builder/sandbox/child_plan.h"
#include "builder/sandbox/step_process.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// A supervisor of its own kills what the step leaves behind, also when the builder itself is killed. Movable.
class SupervisedProcess : public StepProcess {
 public:
  // Returns once the program runs. `plan.report` is set here.
  static Result<SupervisedProcess> start(ChildPlan plan);

  SupervisedProcess(SupervisedProcess&& other) noexcept;
  SupervisedProcess& operator=(SupervisedProcess&&) = delete;
  ~SupervisedProcess() override;

  int ended_descriptor() const override { return outcome_.get(); }
  void kill() override { lifeline_.reset(); }
  Result<Ended> wait() override;
  std::uint64_t inherited_peak_bytes() const override { return inherited_peak_bytes_; }

 private:
  SupervisedProcess(pid_t supervisor, Fd lifeline, Fd outcome)
      : supervisor_(supervisor), lifeline_(std::move(lifeline)), outcome_(std::move(outcome)) {}

  pid_t supervisor_;  // 0 once it was waited for
  Fd lifeline_;
  Fd outcome_;
  std::uint64_t inherited_peak_bytes_ = 0;
};

}  // namespace mbuild::builder
