// RUN: the command as the step runs it, its environment and its mounts.
#include <fmt/format.h>

#include <cctype>

#include "builder/plan/heredoc_text.h"
#include "builder/plan/history_text.h"
#include "builder/plan/stage_lowering.h"
#include "registry/base/trim.h"

namespace mbuild::builder {

using namespace parser;

namespace {

// The three ways a RUN's heredocs reach the shell (SEMANTICS A5).
struct HeredocCommand {
  std::string command;
  std::vector<RunScript> scripts;
};

HeredocCommand join_heredocs(const std::string& line, const std::vector<Heredoc>& heredocs) {
  const Heredoc& first = heredocs.front();
  bool whole = heredocs.size() == 1 && trim(line, " \t\r\n").size() == first.range.size();
  if (!whole) {
    std::string full = line;
    for (const Heredoc& heredoc : heredocs) full += "\n" + heredoc.body + heredoc.name;
    return {full, {}};
  }
  std::string body = heredoc_text(first);
  if (!body.starts_with("#!")) return {body, {}};
  return {"/dev/pipes/" + first.name, {{first.name, body}}};
}

std::string in_case(std::string text, int (*convert)(int)) {
  for (char& c : text) c = static_cast<char>(convert(static_cast<unsigned char>(c)));
  return text;
}

// A proxy is given in both spellings, whichever was asked for, and only where no ARG says otherwise.
Environment undeclared_proxies(const std::map<std::string, std::string>& build_args,
                               const BuildEnvironment& environment) {
  Environment proxies;
  for (const auto& [name, value] : build_args) {
    if (!is_proxy_variable(name)) continue;
    for (const std::string& spelling : {in_case(name, std::toupper), in_case(name, std::tolower)})
      if (!environment.get(spelling)) proxies.emplace_back(spelling, value);
  }
  return proxies;
}

}  // namespace

Result<void> StageLowering::check_allowed(const std::string& what, const std::string& entitlement) const {
  if (context_.options.allow.contains(entitlement)) return {};
  return std::unexpected(
      Error(ErrorKind::invalid_input, fmt::format("{}: {} is not allowed", what, entitlement))
          .with_hint("allow it with --allow " + entitlement));
}

Result<void> StageLowering::apply(const RunInstruction& run) {
  if (!run.devices.empty())
    return fail(ErrorKind::unsupported, "RUN --device: devices are not supported by this version");
  RunOp op;
  op.rootfs = state_.rootfs;
  op.user = state_.config.config.user;
  op.cwd = state_.config.config.working_dir.empty() ? "/" : state_.config.config.working_dir;
  op.network = run.network ? run.network->text : context_.options.network;
  if (op.network != "default" && op.network != "none" && op.network != "host")
    return fail(ErrorKind::invalid_input, fmt::format("invalid network mode \"{}\"", op.network));
  if (run.network && op.network == "host") MBUILD_CHECK(check_allowed("RUN --network=host", "network.host"));
  if (run.security && run.security->text != "sandbox") {
    if (run.security->text != "insecure")
      return fail(ErrorKind::invalid_input, fmt::format("security \"{}\" is not valid", run.security->text));
    MBUILD_CHECK(check_allowed("RUN --security=insecure", "security.insecure"));
    op.insecure = true;
  }
  op.hostname = context_.options.hostname;
  op.hosts = context_.options.hosts;
  op.shm_bytes = context_.options.shm_bytes;

  Command command = run.command;
  if (!run.heredocs.empty() && !command.exec_form) {
    HeredocCommand joined = join_heredocs(command.words.front(), run.heredocs);
    command.words.front() = std::move(joined.command);
    op.scripts = std::move(joined.scripts);
  }
  op.argv = with_shell(command);
  op.env.assign(state_.environment.variables().begin(), state_.environment.variables().end());
  op.unkeyed_env = undeclared_proxies(context_.options.stages.build_args, state_.environment);
  op.mounts = MBUILD_TRY(lower_mounts(run));
  std::string created_by = history_text::run(state_.environment.arguments(), op.argv);
  add_layer(std::move(op), std::move(created_by));
  return {};
}

}  // namespace mbuild::builder
