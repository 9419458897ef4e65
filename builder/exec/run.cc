// RUN: a command in a sandbox over the tree so far; what it changed becomes a layer.
#include <fmt/format.h>

#include <algorithm>

#include "builder/exec/run_mounts.h"
#include "builder/exec/step.h"
#include "builder/exec/step_cache.h"
#include "builder/exec/user_lookup.h"
#include "builder/sandbox/hosts.h"
#include "builder/sandbox/resolv_conf.h"

namespace mbuild::builder {

namespace {

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

Result<SandboxSpec> make_spec(const RunOp& op, const Workspace& workspace, const RunMounts& mounts) {
  SandboxSpec spec;
  spec.rootfs_fd = workspace.root();
  spec.argv = op.argv;
  spec.cwd = op.cwd;
  spec.insecure = op.insecure;
  spec.network = op.network == "none" ? NetworkMode::none : NetworkMode::host;
  UserDatabase users = MBUILD_TRY(UserDatabase::read(workspace.root()));
  StepUser user = MBUILD_TRY(resolve_user(op.user, users));
  spec.uid = user.uid;
  spec.gid = user.gid;
  spec.supplementary_gids = user.groups;
  spec.env = environment_of(op, mounts.environment(), home_of(user.uid, users));
  spec.mounts = mounts.mounts();
  spec.mounts.push_back(data_mount("/etc/resolv.conf", MBUILD_TRY(host_resolv_conf(spec.network)), 0644));
  spec.mounts.push_back(data_mount("/etc/hosts", hosts_file(spec.hostname, {}), 0644));
  for (const RunScript& script : op.scripts)
    spec.mounts.push_back(data_mount("/dev/pipes/" + script.name, script.text, 0755));
  return spec;
}

Error exit_error(const RunOp& op, const StepExit& exit) {
  if (exit.out_of_memory)
    return Error(ErrorKind::step_failed,
                 fmt::format("process \"{}\" was killed: out of memory", command_text(op)))
        .with_hint("give the step more memory or make it use less");
  return {ErrorKind::step_failed, fmt::format("process \"{}\" did not complete successfully: exit code: {}",
                                              command_text(op), exit.code)};
}

Result<StepExit> run_in_sandbox(Step& step, const SandboxSpec& spec) {
  auto output = [&step](OutputStream stream, std::string_view text) {
    step.services.events.emit(StepOutput{step.op.id, stream, std::string(text)});
  };
  return step.services.sandbox.run(spec, output, [&step] { return step.services.should_stop(); });
}

}  // namespace

Result<Tree> execute_run(Step& step, const RunOp& op) {
  const Tree& base = step.tree(op.rootfs);
  StepCache cache(step, base);
  KeyInputs definition = definition_of(step.op);
  RunMounts mounts(step, op);
  KeyInputs inputs = definition;
  inputs.add("files below", base.fingerprint());
  inputs.append(MBUILD_TRY(mounts.key_inputs()));
  if (std::optional<Tree> reused = MBUILD_TRY(cache.reuse(inputs))) return std::move(*reused);

  std::unique_ptr<Workspace> workspace =
      MBUILD_TRY(step.services.snapshots.prepare(MBUILD_TRY(step.materialise(base))));
  MBUILD_CHECK(mounts.open());
  SandboxSpec spec = MBUILD_TRY(make_spec(op, *workspace, mounts));
  CommitOptions commit{definition.digest(), std::chrono::system_clock::now()};
  StepExit exit = MBUILD_TRY(run_in_sandbox(step, spec));
  step.resources = exit.resources;
  if (exit.code != 0) return std::unexpected(exit_error(op, exit));

  return cache.keep(inputs, MBUILD_TRY(workspace->commit(commit)));
}

}  // namespace mbuild::builder
