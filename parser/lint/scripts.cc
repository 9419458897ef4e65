// PipeWithoutPipefail, CommandHasNoEffect, GlobalArgNotInStage.
#include <algorithm>
#include <array>
#include <set>

#include "parser/lint/checks.h"
#include "parser/lint/context.h"
#include "parser/stage_walk.h"

namespace mbuild::parser {

namespace {

bool sets_pipefail(const ShellScript& script) {
  return std::any_of(script.commands.begin(), script.commands.end(), [](const ShellCommand& command) {
    return std::any_of(command.words.begin(), command.words.end(),
                       [](const ShellWord& word) { return word.text == "pipefail"; });
  });
}

bool downloads(const ShellCommand& command) {
  return command.name() == "curl" || command.name() == "wget";
}

void check_pipe(LintContext& context, const WalkStep& step, const RunScript& run) {
  if (step.state.pipefail || sets_pipefail(run.script)) return;
  const auto& commands = run.script.commands;
  for (std::size_t i = 1; i < commands.size(); ++i) {
    if (commands[i].before != ShellOperator::pipe || !downloads(commands[i - 1])) continue;
    std::string name(commands[i - 1].name());
    bool has_pipefail = step.state.shell.ends_with("bash") || step.state.shell.ends_with("zsh");
    std::vector<Fix> fixes;
    if (has_pipefail && run.run->heredocs.empty())
      fixes = {insert("Add `set -o pipefail`", run.script.range.begin, "set -o pipefail && ")};
    context.report(
        "PipeWithoutPipefail",
        "when `" + name + "` fails, only the status of `" + std::string(commands[i].name()) +
            "` counts and the build goes on: " +
            (has_pipefail ? "begin with `set -o pipefail`"
                          : "use SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"], or download to a file "
                            "first"),
        commands[i - 1].range, std::move(fixes));
    return;
  }
}

struct Vain {
  std::string_view command;
  std::string_view advice;
};
constexpr std::array<Vain, 6> vain_commands{{{"cd", "use WORKDIR"},
                                             {"export", "use ENV"},
                                             {"source", "put it into the RUN that needs it"},
                                             {".", "put it into the RUN that needs it"},
                                             {"umask", "put it into the RUN that needs it"},
                                             {"alias", "put it into the RUN that needs it"}}};

// Only a RUN that does nothing else: before other commands these have their use.
void check_effect(LintContext& context, const RunScript& run) {
  if (run.script.commands.size() != 1) return;
  const ShellCommand& command = run.script.commands.front();
  auto found = std::find_if(vain_commands.begin(), vain_commands.end(),
                            [&](const Vain& one) { return one.command == command.name(); });
  bool substitutes = context.text(command.range).find("$(") != std::string_view::npos;
  if (found == vain_commands.end() || command.grouped || substitutes || command.words.size() < 2) return;
  std::vector<Fix> fixes;
  bool plain = command.words.size() == 2 && !command.words[1].variable && !command.words[1].quoted &&
               run.run->heredocs.empty() && run.run->mounts.empty();
  Range whole{run.instruction->keyword_range.begin, run.script.range.end};
  if (plain && found->command == "cd")
    fixes = {replace("Write WORKDIR", whole, "WORKDIR " + command.words[1].text)};
  if (plain && found->command == "export" && command.words[1].text.find('=') != std::string::npos)
    fixes = {replace("Write ENV", whole, "ENV " + command.words[1].text)};
  context.report(
      "CommandHasNoEffect",
      "what `" + std::string(command.name()) + "` changes ends with this RUN: " + std::string(found->advice),
      command.range, std::move(fixes));
}

// Names of ARGs before the first FROM.
std::set<std::string_view> global_names(const LintContext& context) {
  std::set<std::string_view> names;
  for (const Instruction* instruction : context.graph.global_args)
    for (const KeyValue& argument : std::get<ArgInstruction>(instruction->body).arguments)
      names.insert(argument.key.text);
  return names;
}

void check_global_args(LintContext& context, const WalkStep& step, const RunScript& run,
                       const std::set<std::string_view>& globals) {
  std::set<std::string_view> reported;
  const auto& assigned = run.script.assigned;
  for (const ShellWord& use : run.script.used) {
    if (!globals.contains(use.text) || !reported.insert(use.text).second) continue;
    bool known = step.state.environment.get(use.text) || step.state.environment.is_declared(use.text) ||
                 std::find(assigned.begin(), assigned.end(), use.text) != assigned.end();
    if (known) continue;
    std::uint32_t line = context.whole_lines(step.instruction).begin;
    context.report("GlobalArgNotInStage",
                   "$" + use.text + " is empty here: an ARG before FROM is seen in a stage only after `ARG " +
                       use.text + "` in it",
                   use.range, {insert("Declare it in this stage", line, "ARG " + use.text + "\n")});
  }
}

}  // namespace

void check_scripts(LintContext& context) {
  const std::set<std::string_view> globals = global_names(context);
  std::vector<std::size_t> next(context.graph.stages.size());
  walk_stages(context.walk_input(), [&](const WalkStep& step) {
    if (!std::holds_alternative<RunInstruction>(step.instruction.body)) return;
    const RunScript& run = context.runs(step.stage)[next[step.stage.index]++];
    check_pipe(context, step, run);
    check_effect(context, run);
    if (!globals.empty()) check_global_args(context, step, run, globals);
  });
}

}  // namespace mbuild::parser
