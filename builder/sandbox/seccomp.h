// SeccompFilter: Docker's default system call filter, compiled.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "registry/base/result.h"

namespace mbuild::builder {

// A program for seccomp(2), made once and loaded by every step. It decides by binary search over ranges of
// call numbers, which makes it half as long as what libseccomp generates from the same rules: the kernel
// checks and compiles the whole of it each time that it is loaded, so its length is most of a step's cost.
class SeccompFilter {
 public:
  // Docker's default profile for this machine's architecture and those it can run besides (i386 and x32 on
  // x86-64, 32-bit Arm on Arm). `unsupported` on an architecture that the profile does not name.
  static Result<SeccompFilter> docker_default();

  const std::vector<sock_filter>& program() const { return program_; }
  // As seccomp(2) takes it; borrows.
  sock_fprog loadable() const {
    return {static_cast<unsigned short>(program_.size()), const_cast<sock_filter*>(program_.data())};
  }

 private:
  explicit SeccompFilter(std::vector<sock_filter> program) : program_(std::move(program)) {}

  std::vector<sock_filter> program_;
};

}  // namespace mbuild::builder
