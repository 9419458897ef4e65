// Running a program with text in and text out.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "registry/base/result.h"
#include "registry/remote/cancel.h"

namespace mbuild::remote {

struct ProgramRequest {
  std::vector<std::string> arguments;  // arguments[0] is looked up in this process's $PATH
  std::string input;
  std::optional<std::vector<std::string>> environment;  // "NAME=value"; absent: this process's own
  bool own_session = false;  // without this process's terminal: it cannot ask there
  std::chrono::milliseconds limit{30'000};
  std::size_t largest_output = 1 << 20;
};

struct ProgramResult {
  int exit_status = 0;  // 128 + signal when one ended it
  std::string output;
  std::string errors;  // the last 64 KiB of standard error
};

// Starts the program in a process group of its own, gives it `input`, and waits for its end; the group is
// killed after `limit` (`unavailable`) or when cancelled. More output than the request allows is `corrupt`; a
// program that does not exist is `not_found`.
Result<ProgramResult> run_program(const ProgramRequest& request, const Cancellation& cancel);

// The same in this process's environment.
Result<ProgramResult> run_program(const std::vector<std::string>& arguments, const std::string& input,
                                  std::chrono::milliseconds limit, const Cancellation& cancel);

}  // namespace mbuild::remote
