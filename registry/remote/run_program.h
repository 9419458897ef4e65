// Running a program with text in and text out.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "registry/base/result.h"
#include "registry/remote/cancel.h"

namespace mbuild::remote {

struct ProgramResult {
  int exit_status = 0;  // 128 + signal when one ended it
  std::string output;
};

// Starts `arguments[0]`, found in $PATH, gives it `input`, and waits for its end; killed after `limit` or
// when cancelled. Standard error is dropped. Output above 1 MB is `corrupt`; a program that does not exist
// is `not_found`.
Result<ProgramResult> run_program(const std::vector<std::string>& arguments, const std::string& input,
                                  std::chrono::milliseconds limit, const Cancellation& cancel);

}  // namespace mbuild::remote
