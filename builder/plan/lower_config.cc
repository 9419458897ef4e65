// The instructions that only change the image's config and the build's variables.
#include <fmt/format.h>

#include <algorithm>

#include "builder/plan/history_text.h"
#include "builder/plan/stage_lowering.h"
#include "parser/expand.h"
#include "parser/ports.h"
#include "parser/signal_name.h"

namespace mbuild::builder {

using namespace parser;

namespace {

Result<Assignments> environment_result(std::expected<Assignments, EnvironmentError> result) {
  if (result) return std::move(*result);
  const EnvironmentError& error = result.error();
  return fail(ErrorKind::invalid_input, fmt::format("failed to process \"{}\": {}",
                                                    error.word ? error.word->text : "", error.error.message));
}

}  // namespace

Result<void> StageLowering::apply(const ArgInstruction& arg) {
  std::vector<std::string> unset;
  Assignments assigned = MBUILD_TRY(environment_result(state_.environment.apply(arg, file_->escape, unset)));
  add_empty_history(history_text::arg(assigned));
  return {};
}

Result<void> StageLowering::apply(const EnvInstruction& env) {
  std::vector<std::string> unset;
  Assignments assigned = MBUILD_TRY(environment_result(state_.environment.apply(env, file_->escape, unset)));
  for (const Assignment& variable : assigned)
    state_.config.config.set_env(variable.name, variable.value.value_or(""));
  add_empty_history(history_text::env(assigned));
  return {};
}

Result<void> StageLowering::apply(const LabelInstruction& label) {
  // All words of one instruction see the variables as they were before it (SEMANTICS A6).
  Assignments shown;
  for (const KeyValue& entry : label.labels) {
    std::string name = MBUILD_TRY(expand(entry.key));
    shown.push_back({std::move(name), MBUILD_TRY(expand_optional(entry.value))});
  }
  for (const Assignment& entry : shown) state_.config.config.labels[entry.name] = *entry.value;
  add_empty_history(history_text::label(shown));
  return {};
}

Result<void> StageLowering::apply(const UserInstruction& user) {
  state_.config.config.user = MBUILD_TRY(expand(user.user));
  add_empty_history(history_text::user(state_.config.config.user));
  return {};
}

Result<void> StageLowering::apply(const CmdInstruction& cmd) {
  oci::RunConfig& config = state_.config.config;
  config.cmd = with_shell(cmd.command);
  config.args_escaped = true;
  cmd_set_here_ = true;
  add_empty_history(history_text::cmd(*config.cmd));
  return {};
}

Result<void> StageLowering::apply(const EntrypointInstruction& entrypoint) {
  oci::RunConfig& config = state_.config.config;
  config.entrypoint = with_shell(entrypoint.command);
  if (!cmd_set_here_) config.cmd.reset();
  add_empty_history(history_text::entrypoint(*config.entrypoint));
  return {};
}

Result<void> StageLowering::apply(const ExposeInstruction& expose) {
  ExpandOptions options;
  options.escape = file_->escape;
  std::vector<std::string> ports;
  for (const Word& word : expose.ports) {
    auto words = expand_to_words(word.text, state_.environment.lookup(), options);
    if (!words)
      return fail(ErrorKind::invalid_input, fmt::format("EXPOSE {}: {}", word.text, words.error().message));
    for (const std::string& text : *words) {
      auto exposed = parse_port(text);
      if (!exposed)
        return fail(ErrorKind::invalid_input, fmt::format("EXPOSE {}: {}", text, exposed.error()));
      ports.insert(ports.end(), exposed->begin(), exposed->end());
    }
  }
  std::sort(ports.begin(), ports.end());
  state_.config.config.exposed_ports.insert(ports.begin(), ports.end());
  add_empty_history(history_text::expose(ports));
  return {};
}

Result<void> StageLowering::apply(const VolumeInstruction& volume) {
  std::vector<std::string> paths = MBUILD_TRY(expand_all(volume.paths));
  for (const std::string& path : paths)
    if (path.find_first_not_of(" \t") == std::string::npos)
      return fail(ErrorKind::invalid_input, "VOLUME specified can not be an empty string");
  state_.config.config.volumes.insert(paths.begin(), paths.end());
  add_empty_history(history_text::volume(paths));
  return {};
}

Result<void> StageLowering::apply(const StopSignalInstruction& signal) {
  std::string text = MBUILD_TRY(expand(signal.signal));
  if (!is_signal(text))
    return std::unexpected(Error(ErrorKind::invalid_input, fmt::format("Invalid signal: {}", text))
                               .with_hint("use a name such as SIGTERM or a number"));
  state_.config.config.stop_signal = text;
  add_empty_history(history_text::stop_signal(text));
  return {};
}

Result<void> StageLowering::apply(const HealthcheckInstruction& check) {
  oci::Healthcheck health;
  if (check.none) {
    health.test = {"NONE"};
  } else {
    health.test = {check.command.exec_form ? "CMD" : "CMD-SHELL"};
    health.test.insert(health.test.end(), check.command.words.begin(), check.command.words.end());
    health.interval = check.interval;
    health.timeout = check.timeout;
    health.start_period = check.start_period;
    health.start_interval = check.start_interval;
    health.retries = check.retries;
  }
  state_.config.config.healthcheck = health;
  add_empty_history(history_text::healthcheck(health));
  return {};
}

Result<void> StageLowering::apply(const ShellInstruction& shell) {
  state_.config.config.shell = shell.shell;
  add_empty_history(history_text::shell(shell.shell));
  return {};
}

Result<void> StageLowering::apply(const MaintainerInstruction& maintainer) {
  state_.config.author = maintainer.name.text;
  add_empty_history(history_text::maintainer(maintainer.name.text));
  return {};
}

Result<void> StageLowering::apply(const OnbuildInstruction& onbuild) {
  state_.config.config.onbuild.push_back(onbuild.trigger);
  return {};
}

}  // namespace mbuild::builder
