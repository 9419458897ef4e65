// RUN: a command in a sandbox over the tree so far; what it changed becomes a layer.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <future>
#include <system_error>

#include "builder/context/local_context.h"
#include "builder/exec/disk_room.h"
#include "builder/exec/emulation.h"
#include "builder/exec/run_mounts.h"
#include "builder/exec/step.h"
#include "builder/exec/step_cache.h"
#include "builder/exec/user_lookup.h"
#include "builder/sandbox/hosts.h"
#include "builder/sandbox/resolv_conf.h"

namespace mbuild::builder {

namespace {

Result<std::string> path_of(int directory) {
  std::error_code error;
  const auto path = std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", directory), error);
  if (error) return fail_errno(error.value(), "find where the build context is");
  return path.string();
}

// The command as BuildKit's error has it: words joined by blanks.
std::string command_text(const RunOp& op) {
  return fmt::format("{}", fmt::join(op.argv, " "));
}

bool has_variable(const std::vector<std::string>& env, std::string_view name) {
  return std::any_of(env.begin(), env.end(), [&](const std::string& variable) {
    return variable.size() > name.size() && variable.starts_with(name) && variable[name.size()] == '=';
  });
}

std::vector<std::string> environment_of(const RunOp& op, const std::vector<std::string>& secrets,
                                        const std::string& home) {
  std::vector<std::string> env;
  for (const auto& [name, value] : op.env) env.push_back(name + "=" + value);
  for (const auto& [name, value] : op.unkeyed_env) env.push_back(name + "=" + value);
  env.insert(env.end(), secrets.begin(), secrets.end());
  // The runtime's part (runc): HOME from passwd unless the image or the Dockerfile says otherwise.
  if (!has_variable(env, "HOME")) env.push_back("HOME=" + home);
  return env;
}

// The network of the op, readied. It is BuildKit's "host" that is the host's for sure.
NetworkMode ready_network(Step& step, const RunOp& op) {
  const NetworkMode wanted = op.network == "none"   ? NetworkMode::none
                             : op.network == "host" ? NetworkMode::host
                                                    : NetworkMode::apart;
  const StepNetwork network = step.services.sandbox.network(wanted);
  if (!network.notice.empty())
    step.services.events.emit(Notice{Notice::Level::info, "", network.notice, std::nullopt});
  return network.mode;
}

Result<SandboxSpec> make_spec(const RunOp& op, const Workspace& workspace, const RunMounts& mounts,
                              NetworkMode network, const ResourceLimits& limits) {
  SandboxSpec spec;
  spec.rootfs_fd = workspace.root();
  spec.argv = op.argv;
  spec.cwd = op.cwd;
  spec.insecure = op.insecure;
  spec.network = network;
  spec.limits = limits;
  if (!op.hostname.empty()) spec.hostname = op.hostname;
  if (op.shm_bytes != 0) spec.limits.shm_bytes = op.shm_bytes;
  std::vector<ExtraHost> hosts;
  for (const auto& [name, address] : op.hosts) hosts.push_back({name, address});
  UserDatabase users = MBUILD_TRY(UserDatabase::read(workspace.root()));
  StepUser user = MBUILD_TRY(resolve_user(op.user, users));
  spec.uid = user.uid;
  spec.gid = user.gid;
  spec.supplementary_gids = user.groups;
  spec.env = environment_of(op, mounts.environment(), home_of(user.uid, users));
  spec.mounts = mounts.mounts();
  spec.mounts.push_back(data_mount("/etc/resolv.conf", MBUILD_TRY(host_resolv_conf(spec.network)), 0644));
  spec.mounts.push_back(data_mount("/etc/hosts", hosts_file(spec.hostname, hosts), 0644));
  for (const RunScript& script : op.scripts)
    spec.mounts.push_back(data_mount("/dev/pipes/" + script.name, script.text, 0755));
  return spec;
}

Error exit_error(const RunOp& op, const StepExit& exit, std::uint64_t memory_limit) {
  if (exit.out_of_memory)
    return Error(ErrorKind::step_failed,
                 fmt::format(
                     "process \"{}\" was killed: out of memory: at its peak it had {} bytes of the {} that "
                     "--memory allows (exit code: {})",
                     command_text(op), exit.resources.peak_memory_bytes, memory_limit, exit.code))
        .with_hint("give the step more memory or make it use less");
  return {ErrorKind::step_failed, fmt::format("process \"{}\" did not complete successfully: exit code: {}",
                                              command_text(op), exit.code)};
}

// The layers that a tree in a step comes from, by their ids.
Result<std::vector<std::string>> layer_ids(Step& step, const Tree& tree) {
  std::vector<std::string> ids;
  for (const LayerPtr& layer : MBUILD_TRY(step.materialise(tree))) ids.push_back(layer->id);
  return ids;
}

// What the step left becomes a layer, so that nothing has to stay mounted.
Result<void> keep_failed(Step& step, const RunOp& op, Workspace& workspace, const CommitOptions& commit) {
  FailedStep failed;
  failed.name = step.op.name;
  failed.run = op;
  failed.layers = MBUILD_TRY(layer_ids(step, step.tree(op.rootfs)));
  failed.layers.push_back(MBUILD_TRY(workspace.commit(commit)).layer->id);
  failed.run.mounts.clear();
  for (RunMount mount : op.mounts) {
    if (mount.type == RunMount::Type::secret || mount.type == RunMount::Type::ssh) continue;
    if (mount.from) {
      const OpValue& value = step.values[*mount.from];
      const auto* local = dynamic_cast<const LocalContext*>(value.files.get());
      if (value.files && !local) continue;  // what was fetched goes with the build
      FailedSource source;
      if (local)
        source.directory = MBUILD_TRY(path_of(local->tree().root));
      else
        source.layers = MBUILD_TRY(layer_ids(step, value.tree));
      mount.from = failed.sources.size();
      failed.sources.push_back(std::move(source));
    }
    failed.run.mounts.push_back(std::move(mount));
  }
  const std::string id = MBUILD_TRY(step.services.failed->put(failed));
  step.services.events.emit(
      Notice{Notice::Level::info, "", "the failed step is kept: mbuild debug shell " + id, step.op.source});
  return {};
}

Result<StepExit> run_in_sandbox(Step& step, const SandboxSpec& spec) {
  auto output = [&step](OutputStream stream, std::string_view text) {
    step.services.events.emit(StepOutput{step.op.id, stream, std::string(text)});
  };
  return step.services.sandbox.run(spec, output, [&step] { return step.services.should_stop(); });
}

}  // namespace

Result<StepExit> run_again(Step& step, const RunOp& op, const LayerChain& chain, const RunConsole& console) {
  RunMounts mounts(step, op);
  const std::unique_ptr<Workspace> workspace = MBUILD_TRY(step.services.snapshots.prepare(chain));
  MBUILD_CHECK(mounts.key_inputs());
  MBUILD_CHECK(mounts.open());
  SandboxSpec spec =
      MBUILD_TRY(make_spec(op, *workspace, mounts, ready_network(step, op), step.services.limits));
  spec.standard_input = console.input;
  spec.terminal = console.terminal;
  return run_in_sandbox(step, spec);
}

Result<Tree> execute_run(Step& step, const RunOp& op) {
  const Tree& base = step.tree(op.rootfs);
  StepCache cache(step, base);
  KeyInputs definition = definition_of(step.op);
  RunMounts mounts(step, op);
  KeyInputs inputs = definition;
  inputs.add(std::string(kFilesBelow), base.fingerprint());
  inputs.append(MBUILD_TRY(mounts.key_inputs()));
  const NamedInputs files = mounts.files();
  if (std::optional<Tree> reused = MBUILD_TRY(cache.reuse(inputs, files))) return std::move(*reused);

  MBUILD_CHECK(check_can_run(step.op.platform, oci::Platform::host()));
  // What it takes to start a network goes on while the layers are fetched and mounted.
  std::future<NetworkMode> network =
      std::async(std::launch::async, [&step, &op] { return ready_network(step, op); });
  std::unique_ptr<Workspace> workspace =
      MBUILD_TRY(step.services.snapshots.prepare(MBUILD_TRY(step.materialise(base))));
  MBUILD_CHECK(mounts.open());
  SandboxSpec spec = MBUILD_TRY(make_spec(op, *workspace, mounts, network.get(), step.services.limits));
  CommitOptions commit{.definition = definition.digest(),
                       .started = std::chrono::system_clock::now(),
                       .creator = CommitOptions::Creator{spec.uid, spec.gid}};
  StepExit exit = MBUILD_TRY(run_in_sandbox(step, spec));
  step.resources = exit.resources;
  const bool no_room = disk_is_full(step.services.layers.root());
  if (exit.code != 0) {
    if (step.services.failed)
      MBUILD_CHECK_AS("keep the failed step", keep_failed(step, op, *workspace, commit));
    Error error = exit_error(op, exit, spec.limits.memory_bytes);
    if (no_room) error = std::move(error).with_hint(make_room_hint(step.services.layers.root()));
    return std::unexpected(std::move(error));
  }
  // Many a script does not look whether what it writes is written; what it made then must not be kept.
  if (no_room)
    return fail(ErrorKind::no_space, "the disk is full (" + std::generic_category().message(ENOSPC) +
                                         "): the step ended well, but what it wrote may lack files");

  return cache.keep(inputs, MBUILD_TRY(workspace->commit(commit)), files);
}

}  // namespace mbuild::builder
