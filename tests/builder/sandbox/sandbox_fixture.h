// A sandbox and a root file system made of busybox, for tests that run real steps as root.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "builder/sandbox/sandbox.h"
#include "registry/base/fd.h"

namespace mbuild::builder {

// The program of step_helper.cc in the rootfs.
inline const std::string helper_path = "/bin/step_helper";

// What a step did.
struct Ran {
  StepExit exit;
  std::string output;
  std::string error_output;
};

class SandboxTest : public ::testing::Test {
 protected:
  void SetUp() override;  // skips, saying why, where steps cannot be run
  void TearDown() override;

  // A path in the rootfs, seen from outside.
  std::string path(const std::string& in_rootfs) const { return rootfs_ + in_rootfs; }
  void write_file(const std::string& in_rootfs, const std::string& contents, unsigned mode = 0644) const;
  std::string read_file(const std::string& in_rootfs) const;

  // A spec that runs a program, or `sh -c script`, in the rootfs.
  SandboxSpec program(std::vector<std::string> argv) const;
  SandboxSpec shell(const std::string& script) const;
  Result<Ran> run(const SandboxSpec& spec) const;
  // The same for a step that must not fail to start.
  Ran run_well(const SandboxSpec& spec) const;
  // Standard output of `sh -c script`, which must succeed.
  std::string output_of(const std::string& script) const;

  std::string directory_;  // removed afterwards
  std::string rootfs_;
  Fd rootfs_fd_;
  std::unique_ptr<Sandbox> sandbox_;
};

// The mounts of this process, and a line of its /proc/self/status.
std::string own_mounts();
std::string own_status(const std::string& key);

}  // namespace mbuild::builder
