#include "builder/sandbox/linux_sandbox.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>

#include "builder/sandbox/capabilities.h"
#include "builder/sandbox/host_file.h"
#include "builder/sandbox/namespace_thread.h"
#include "builder/sandbox/network.h"
#include "builder/sandbox/process.h"
#include "builder/sandbox/program.h"
#include "builder/sandbox/step_output.h"
#include "builder/sandbox/step_root.h"

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

ChildPlan confinement_of(const SandboxSpec& spec) {
  ChildPlan plan;
  plan.uid = spec.uid;
  plan.gid = spec.gid;
  plan.groups = spec.supplementary_gids.data();
  plan.groups_count = spec.supplementary_gids.size();
  plan.mask_paths = !spec.insecure;
  plan.capabilities = spec.insecure ? ~std::uint64_t{0} : default_capabilities;
  return plan;
}

std::chrono::nanoseconds nanoseconds(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

StepExit exit_of(const Process::Ended& ended) {
  StepExit exit;
  if (WIFSIGNALED(ended.wait_status)) {
    exit.signal = WTERMSIG(ended.wait_status);
    exit.code = 128 + exit.signal;
  } else {
    exit.code = WEXITSTATUS(ended.wait_status);
  }
  exit.resources.cpu = nanoseconds(ended.usage.ru_utime) + nanoseconds(ended.usage.ru_stime);
  return exit;
}

// The kernel lets a process begin with the peak of the one that it was cloned from.
std::uint64_t peak_memory_bytes(const Process::Ended& ended, const Process& process,
                                const StepCgroup& cgroup) {
  if (const auto counted = cgroup.peak_memory_bytes()) return *counted;
  const std::uint64_t peak = static_cast<std::uint64_t>(ended.usage.ru_maxrss) * 1024;
  return peak > process.inherited_peak_bytes() ? peak : 0;
}

}  // namespace

Result<const LinuxSandbox::Shared*> LinuxSandbox::shared() {
  const std::lock_guard lock(mutex_);
  if (!shared_) {
    shared_.emplace(Shared{.filter = MBUILD_TRY(SeccompFilter::docker_default()),
                           .cgroups = StepCgroups::make(),
                           .reset_oom_score = read_own("/proc/self/oom_score_adj").starts_with('-'),
                           .set_groups = !read_own("/proc/self/setgroups").starts_with("deny")});
  }
  return &*shared_;
}

Result<StepExit> LinuxSandbox::run(const SandboxSpec& spec, const StepOutputHandler& output,
                                   const StepCancelled& cancelled) {
  const Shared& common = *MBUILD_TRY(shared());
  const Program program = MBUILD_TRY(Program::from(spec));
  OutputPipes pipes = MBUILD_TRY(OutputPipes::make());
  const std::vector<sock_filter>& filter = common.filter.program();
  const sock_fprog seccomp{static_cast<unsigned short>(filter.size()),
                           const_cast<sock_filter*>(filter.data())};
  const bool devices_open = spec.insecure || common.cgroups.filters_devices();

  // Destroyed in the opposite order: the process dies, its namespaces go, the mount points are taken back.
  StepRoot root = MBUILD_TRY(StepRoot::copy(spec, devices_open ? 0 : MOUNT_ATTR_NODEV));
  const StepCgroup cgroup = MBUILD_TRY(common.cgroups.enter(spec.limits, spec.insecure));
  NamespaceThread thread;
  std::optional<Process> process;

  const auto start = [&]() -> Result<void> {
    MBUILD_CHECK(name_host(spec));
    if (spec.network == NetworkMode::none) MBUILD_CHECK(bring_up_loopback());
    MBUILD_CHECK(root.assemble());
    ChildPlan plan = confinement_of(spec);
    program.fill(plan);
    plan.root = root.root();
    plan.proc_place = root.proc_place();
    plan.cgroup_place = root.cgroup_place();
    plan.cgroup_processes = cgroup.process_files().data();
    plan.cgroup_processes_count = cgroup.process_files().size();
    plan.standard_output = pipes.output_writer();
    plan.standard_error = pipes.error_writer();
    plan.set_groups = common.set_groups;
    plan.reset_oom_score = common.reset_oom_score;
    plan.seccomp = spec.insecure ? nullptr : &seccomp;
    process.emplace(MBUILD_TRY(Process::start(plan, {CLONE_NEWPID, cgroup.unified()})));
    return {};
  };
  const auto started = steady_clock::now();
  MBUILD_CHECK(thread.run(namespaces_of(spec), start));
  const Process::Ended ended = MBUILD_TRY(pipes.pump(*process, output, cancelled));
  StepExit exit = exit_of(ended);
  exit.resources.wall = steady_clock::now() - started;
  exit.resources.peak_memory_bytes = peak_memory_bytes(ended, *process, cgroup);
  exit.out_of_memory = cgroup.out_of_memory();
  return exit;
}

}  // namespace mbuild::builder
