#include "builder/sandbox/chroot_sandbox.h"

#include <chrono>

#include "builder/sandbox/capabilities.h"
#include "builder/sandbox/confinement.h"
#include "builder/sandbox/process_limits.h"
#include "builder/sandbox/program.h"
#include "builder/sandbox/stand_ins.h"
#include "builder/sandbox/step_exit.h"
#include "builder/sandbox/step_output.h"
#include "builder/sandbox/supervised_process.h"

namespace mbuild::builder {

namespace {

using std::chrono::steady_clock;

Result<void> check_possible(const SandboxSpec& spec) {
  if (spec.network == NetworkMode::host) return {};
  return std::unexpected(
      Error(ErrorKind::unsupported, "network=none: without namespaces a step has the container's network")
          .with_hint("`mbuild info` says what would give steps namespaces"));
}

}  // namespace

Result<const ChrootSandbox::Shared*> ChrootSandbox::shared() {
  const std::lock_guard lock(mutex_);
  if (!shared_) {
    shared_.emplace(
        Shared{.filter = MBUILD_TRY(SeccompFilter::docker_default()), .cgroups = StepCgroups::make()});
  }
  return &*shared_;
}

StepNetwork ChrootSandbox::network(NetworkMode wanted) {
  if (wanted != NetworkMode::apart) return {wanted, ""};
  if (told_.exchange(true)) return {NetworkMode::host, ""};
  return {NetworkMode::host, "RUN steps share the host's network: without namespaces they can have no other"};
}

Result<StepExit> ChrootSandbox::run(const SandboxSpec& spec, const StepOutputHandler& output,
                                    const StepCancelled& cancelled) {
  MBUILD_CHECK(check_possible(spec));
  const Shared& common = *MBUILD_TRY(shared());
  const Program program = MBUILD_TRY(Program::from(spec));
  const std::vector<ChildLimit> limits = MBUILD_TRY(kernel_limits(spec.limits.processes));
  OutputPipes pipes = MBUILD_TRY(OutputPipes::make());
  const sock_fprog seccomp = common.filter.loadable();
  const StepCgroup cgroup = MBUILD_TRY(common.cgroups.enter(spec.limits, spec.insecure));

  StandIns stand_ins(spec.rootfs_fd);
  MBUILD_CHECK(stand_ins.put_system_folders());
  MBUILD_CHECK(stand_ins.put_mounts(spec.mounts, cancelled));

  ChildPlan plan = confinement_of(spec);
  program.fill(plan);
  plan.limits = limits.data();
  plan.limits_count = limits.size();
  plan.root_by = ChildPlan::Root::chroot;
  plan.root = spec.rootfs_fd;
  plan.mask_paths = false;
  plan.capabilities &= effective_capabilities() & ~capability_bit(CAP_SYS_CHROOT);
  plan.cgroup_processes = cgroup.process_files().data();
  plan.cgroup_processes_count = cgroup.process_files().size();
  plan.standard_input = spec.standard_input;
  plan.terminal = spec.terminal;
  plan.standard_output = pipes.output_writer();
  plan.standard_error = pipes.error_writer();
  plan.no_new_privileges = !spec.insecure;
  plan.seccomp = spec.insecure ? nullptr : &seccomp;

  const auto started = steady_clock::now();
  SupervisedProcess process = MBUILD_TRY(SupervisedProcess::start(plan));
  const StepProcess::Ended ended = MBUILD_TRY(pipes.pump(process, output, cancelled));
  const auto wall = steady_clock::now() - started;
  MBUILD_CHECK_AS("take back what stood in for mounts", stand_ins.restore());
  return exit_of(ended, process, cgroup, wall);
}

}  // namespace mbuild::builder
