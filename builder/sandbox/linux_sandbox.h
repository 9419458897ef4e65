// LinuxSandbox: steps in namespaces of their own (rungs 1 to 3 of the ladder).
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "builder/sandbox/network_private.h"
#include "builder/sandbox/sandbox.h"
#include "builder/sandbox/seccomp.h"
#include "builder/sandbox/step_cgroup.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Works for whoever has all capabilities over the process's own user namespace: root, or a user after
// enter_user_namespace(). What that user may not do (make device nodes, mount a sysfs, set groups) is
// replaced by the nearest thing that looks the same to a step.
class LinuxSandbox : public Sandbox {
 public:
  Result<StepExit> run(const SandboxSpec& spec, const StepOutputHandler& output,
                       const StepCancelled& cancelled) override;
  StepNetwork network(NetworkMode wanted) override;

 private:
  // What all steps share, made for the first one: a build that is all cached needs none of it.
  struct Shared {
    SeccompFilter filter;
    StepCgroups cgroups;
    std::vector<sock_filter> owner_calls;
    bool reset_oom_score;
    bool set_groups;
  };
  Result<const Shared*> shared();

  std::mutex mutex_;
  std::optional<Shared> shared_;
  PrivateNetwork network_;
  std::atomic<bool> told_ = false;  // why there is none
};

}  // namespace mbuild::builder
