// ChrootSandbox: steps where no namespaces are to be had (rung 4 of the ladder).
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "builder/sandbox/sandbox.h"
#include "builder/sandbox/seccomp.h"
#include "builder/sandbox/step_cgroup.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// For root of a container with Docker's default capabilities: of those CAP_SYS_CHROOT is needed here and
// taken from the step, which therefore cannot leave its root, nor trace the builder. It sees the network,
// processes' ids and host name of the container. There is no /proc, and no_new_privs is set, without which
// the system call filter could not be loaded: programs with set-user-ID bits gain nothing, root has all
// already. The rootfs must be a folder that nothing else uses meanwhile.
class ChrootSandbox : public Sandbox {
 public:
  // `unsupported` for what takes namespaces: a network of the step's own.
  Result<StepExit> run(const SandboxSpec& spec, const StepOutputHandler& output,
                       const StepCancelled& cancelled) override;
  StepNetwork network(NetworkMode wanted) override;

 private:
  struct Shared {
    SeccompFilter filter;
    StepCgroups cgroups;
  };
  Result<const Shared*> shared();

  std::mutex mutex_;
  std::optional<Shared> shared_;
  std::atomic<bool> told_ = false;  // that steps have the container's network
};

}  // namespace mbuild::builder
