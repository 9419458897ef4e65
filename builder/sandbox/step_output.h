// What a step writes, on its way to the caller.
#pragma once

#include "builder/sandbox/sandbox.h"
#include "builder/sandbox/step_process.h"
#include "registry/base/pipe.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// The pipes that are a step's standard output and standard error.
class OutputPipes {
 public:
  static Result<OutputPipes> make();

  int output_writer() const { return output_.writer.get(); }
  int error_writer() const { return error_.writer.get(); }

  // Hands what is written to `output` until `process` has ended and all that it left in the pipes is read.
  // Polls `cancelled` at least every 50 ms; true kills the process and gives `cancelled`. Once; closes the
  // writers here.
  Result<StepProcess::Ended> pump(StepProcess& process, const StepOutputHandler& output,
                                  const StepCancelled& cancelled);

 private:
  Pipe output_;
  Pipe error_;
};

}  // namespace mbuild::builder
