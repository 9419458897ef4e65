#include "builder/sandbox/linux_sandbox.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>

#include "builder/sandbox/confinement.h"
#include "builder/sandbox/host_file.h"
#include "builder/sandbox/namespace_thread.h"
#include "builder/sandbox/network.h"
#include "builder/sandbox/owner_calls.h"
#include "builder/sandbox/owner_supervisor.h"
#include "builder/sandbox/process.h"
#include "builder/sandbox/process_limits.h"
#include "builder/sandbox/program.h"
#include "builder/sandbox/step_exit.h"
#include "builder/sandbox/step_output.h"
#include "builder/sandbox/step_root.h"
#include "registry/base/file_owner.h"

namespace mbuild::builder {

namespace {

using std::chrono::steady_clock;

// Of a short file of /proc; empty when it cannot be read.
std::string read_own(const char* path) {
  const auto text = read_host_file(path);
  return text ? *text : std::string();
}

std::uint64_t namespaces_of(const SandboxSpec& spec) {
  std::uint64_t namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
  if (spec.network == NetworkMode::none) namespaces |= CLONE_NEWNET;
  return namespaces;
}

Result<void> name_host(const SandboxSpec& spec) {
  if (::sethostname(spec.hostname.data(), spec.hostname.size()) != 0) {
    return fail_errno(errno, "set the step's host name");
  }
  return {};
}

// Null where ids can be had.
Result<std::unique_ptr<OwnerSupervisor>> supervise_owners(const SandboxSpec& spec) {
  if (!owners_are_recorded()) return std::unique_ptr<OwnerSupervisor>();
  return OwnerSupervisor::start({IdSet::all(spec.uid), IdSet::all(spec.gid), spec.supplementary_gids});
}

// Whoever is not root of the step has no capabilities, though root of the user namespace.
void believe_ids(ChildPlan& plan, const sock_fprog& owner_calls, int socket) {
  plan.owner_calls = &owner_calls;
  plan.owner_socket = socket;
  if (plan.uid != 0) plan.capabilities = 0;
}

}  // namespace

Result<const LinuxSandbox::Shared*> LinuxSandbox::shared() {
  const std::lock_guard lock(mutex_);
  if (!shared_) {
    shared_.emplace(Shared{.filter = MBUILD_TRY(SeccompFilter::docker_default()),
                           .cgroups = StepCgroups::make(),
                           .owner_calls = owner_call_filter(),
                           .reset_oom_score = read_own("/proc/self/oom_score_adj").starts_with('-'),
                           .set_groups = !read_own("/proc/self/setgroups").starts_with("deny")});
  }
  return &*shared_;
}

StepNetwork LinuxSandbox::network(NetworkMode wanted) {
  if (wanted != NetworkMode::apart) return {wanted, ""};
  const Result<void> started = network_.start();
  if (started) return {wanted, ""};
  if (told_.exchange(true)) return {NetworkMode::host, ""};
  return {NetworkMode::host, "RUN steps share the host's network: " + started.error().message() +
                                 "; the package passt (pasta) gives them one of their own"};
}

Result<StepExit> LinuxSandbox::run(const SandboxSpec& spec, const StepOutputHandler& output,
                                   const StepCancelled& cancelled) {
  const Shared& common = *MBUILD_TRY(shared());
  const Program program = MBUILD_TRY(Program::from(spec));
  const std::vector<ChildLimit> limits = MBUILD_TRY(kernel_limits(spec.limits.processes));
  OutputPipes pipes = MBUILD_TRY(OutputPipes::make());
  const sock_fprog seccomp = common.filter.loadable();
  const bool devices_open = spec.insecure || common.cgroups.filters_devices();

  // Destroyed in the opposite order: the process dies, its namespaces go, the mount points are taken back.
  StepRoot root = MBUILD_TRY(StepRoot::copy(spec, devices_open ? 0 : MOUNT_ATTR_NODEV));
  const StepCgroup cgroup = MBUILD_TRY(common.cgroups.enter(spec.limits, spec.insecure));
  const std::unique_ptr<OwnerSupervisor> owners = MBUILD_TRY(supervise_owners(spec));
  const sock_fprog owner_calls{static_cast<unsigned short>(common.owner_calls.size()),
                               const_cast<sock_filter*>(common.owner_calls.data())};
  NamespaceThread thread;
  std::optional<Process> process;

  const auto start = [&]() -> Result<void> {
    MBUILD_CHECK(name_host(spec));
    if (spec.network == NetworkMode::none) MBUILD_CHECK(bring_up_loopback());
    if (spec.network == NetworkMode::apart) MBUILD_CHECK(network_.enter());
    MBUILD_CHECK(root.assemble());
    ChildPlan plan = confinement_of(spec);
    program.fill(plan);
    plan.limits = limits.data();
    plan.limits_count = limits.size();
    plan.root = root.root();
    plan.proc_place = root.proc_place();
    plan.cgroup_place = root.cgroup_place();
    plan.cgroup_processes = cgroup.process_files().data();
    plan.cgroup_processes_count = cgroup.process_files().size();
    plan.standard_input = spec.standard_input;
    plan.terminal = spec.terminal;
    plan.standard_output = pipes.output_writer();
    plan.standard_error = pipes.error_writer();
    plan.set_groups = common.set_groups;
    plan.reset_oom_score = common.reset_oom_score;
    plan.seccomp = spec.insecure ? nullptr : &seccomp;
    if (owners) believe_ids(plan, owner_calls, owners->child_socket());
    process.emplace(MBUILD_TRY(Process::start(plan, {CLONE_NEWPID, cgroup.unified()})));
    return {};
  };
  const auto started = steady_clock::now();
  MBUILD_CHECK(thread.run(namespaces_of(spec), start));
  const StepProcess::Ended ended = MBUILD_TRY(pipes.pump(*process, output, cancelled));
  return exit_of(ended, *process, cgroup, steady_clock::now() - started);
}

}  // namespace mbuild::builder
