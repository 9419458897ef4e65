// StepProcess: a running step, as the one who waits for it sees it.
#pragma once

#include <sys/resource.h>

#include <cstdint>

#include "registry/base/result.h"

namespace mbuild::builder {

// Destroyed before it was waited for, it kills the step and all that the step started.
class StepProcess {
 public:
  struct Ended {
    int wait_status = 0;  // as wait(2)
    rusage usage{};
  };

  virtual ~StepProcess() = default;

  // Readable, for poll(2), when the step is over.
  virtual int ended_descriptor() const = 0;
  virtual void kill() = 0;
  // Waits for the end, once. Nothing of the step is left when it returns.
  virtual Result<Ended> wait() = 0;
  // What getrusage(2) took over from the builder: a peak below it says nothing about the step.
  virtual std::uint64_t inherited_peak_bytes() const = 0;
};

}  // namespace mbuild::builder
