// RunMounts: the `--mount`s of one RUN, from what the Dockerfile says to what the sandbox mounts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "builder/exec/step.h"
#include "builder/plan/key.h"
#include "builder/sandbox/spec.h"

namespace mbuild::builder {

// A read-only file with this content, seen by the step and never part of its layer.
SandboxMount data_mount(std::string target, std::string data, std::uint32_t mode);

// Owns everything that is mounted until it is destroyed.
class RunMounts {
 public:
  RunMounts(const Step& step, const RunOp& op) : step_(step), op_(op) {}

  // What of the mounts the key must see: the content of bind sources. Caches, secrets and ssh agents are part
  // of the definition by id (SEMANTICS C2).
  Result<KeyInputs> key_inputs();

  // Fetches, views and locks what the step needs. Waits for locked caches.
  Result<void> open();
  const std::vector<SandboxMount>& mounts() const { return mounts_; }
  const std::vector<std::string>& environment() const { return environment_; }  // "NAME=secret"

 private:
  Result<void> open_bind(const RunMount& mount);
  Result<void> open_cache(const RunMount& mount);
  Result<void> open_secret(const RunMount& mount);
  Result<void> bind_beneath(int root, const RunMount& mount);

  const Step& step_;
  const RunOp& op_;
  std::vector<SandboxMount> mounts_;
  std::vector<std::string> environment_;
  std::vector<std::unique_ptr<TreeView>> views_;
  std::vector<std::unique_ptr<Workspace>> scratch_;  // writable binds: what is written is thrown away
  std::vector<MountLease> leases_;
  std::vector<Fd> fds_;
};

}  // namespace mbuild::builder
