// Program: what a step executes, in the form that execve(2) takes.
#pragma once

#include <string>
#include <vector>

#include "builder/sandbox/child_plan.h"
#include "builder/sandbox/spec.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Owns the arrays that a ChildPlan points to; must outlive the exec.
class Program {
 public:
  // `spec` is borrowed. `invalid_input` for an empty argv and for NUL bytes in what becomes C strings.
  static Result<Program> from(const SandboxSpec& spec);

  // Sets the program, its arguments, environment and directory.
  void fill(ChildPlan& plan) const;

 private:
  std::vector<std::string> candidates_;
  std::vector<const char*> programs_;
  std::vector<char*> arguments_;
  std::vector<char*> environment_;
  const char* directory_ = nullptr;
};

}  // namespace mbuild::builder
