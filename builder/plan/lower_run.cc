// RUN: the command as the step runs it, its environment and its mounts.
#include <fmt/format.h>

#include <array>

#include "builder/plan/history_text.h"
#include "builder/plan/stage_lowering.h"

namespace mbuild::builder {

using namespace parser;

namespace {

std::string_view trim(std::string_view text) {
  std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string strip_leading_tabs(const std::string& text) {
  std::string out;
  bool at_start = true;
  for (char c : text) {
    if (at_start && c == '\t') continue;
    out += c;
    at_start = c == '\n';
  }
  return out;
}

// The three ways a RUN's heredocs reach the shell (SEMANTICS A5).
struct HeredocCommand {
  std::string command;
  std::vector<RunScript> scripts;
};

HeredocCommand join_heredocs(const std::string& line, const std::vector<Heredoc>& heredocs) {
  const Heredoc& first = heredocs.front();
  bool whole = heredocs.size() == 1 && trim(line).size() == first.range.size();
  if (!whole) {
    std::string full = line;
    for (const Heredoc& heredoc : heredocs) full += "\n" + heredoc.body + heredoc.name;
    return {full, {}};
  }
  std::string body = first.strip_tabs ? strip_leading_tabs(first.body) : first.body;
  if (!body.starts_with("#!")) return {body, {}};
  return {"/dev/pipes/" + first.name, {{first.name, body}}};
}

}  // namespace

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
  if (run.security && run.security->text != "sandbox") {
    if (run.security->text != "insecure")
      return fail(ErrorKind::invalid_input, fmt::format("security \"{}\" is not valid", run.security->text));
    return std::unexpected(Error(ErrorKind::unsupported, "RUN --security=insecure is not allowed")
                               .with_hint("this version runs every step in the sandbox"));
  }

  Command command = run.command;
  if (!run.heredocs.empty() && !command.exec_form) {
    HeredocCommand joined = join_heredocs(command.words.front(), run.heredocs);
    command.words.front() = std::move(joined.command);
    op.scripts = std::move(joined.scripts);
  }
  op.argv = with_shell(command);
  op.env = state_.environment.variables();
  op.unkeyed_env = state_.environment.undeclared_proxy_variables();
  op.mounts = MBUILD_TRY(lower_mounts(run));
  std::string created_by = history_text::run(state_.environment.args_in_effect(), op.argv);
  add_layer(std::move(op), std::move(created_by));
  return {};
}

}  // namespace mbuild::builder
