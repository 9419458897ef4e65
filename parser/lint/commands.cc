// JSONArgsRecommended, MultipleInstructionsDisallowed.
#include <algorithm>

#include "parser/characters.h"
#include "parser/lint/checks.h"
#include "parser/lint/context.h"

namespace mbuild::parser {

namespace {

// Only words that mean the same to a shell and to exec() are turned into an array.
std::optional<std::string> as_json(const LintContext& context, const Command& command) {
  const std::string& text = command.words.front();
  bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || is_digit(c) ||
           std::string_view(" _-./:=@%+,").contains(c);
  });
  if (!plain || context.text(command.range) != text) return std::nullopt;
  std::string result;
  for (std::string_view rest = trim(text); !rest.empty(); rest = trim(rest)) {
    std::string_view word = rest.substr(0, rest.find(' '));
    // `NAME=value command` sets a variable.
    if (result.empty() && word.find('=') != std::string_view::npos) return std::nullopt;
    result.append(result.empty() ? "[" : ", ").append(quote(word));
    rest.remove_prefix(word.size());
  }
  return result + "]";
}

void check_shell_form(LintContext& context, const Instruction& instruction, const Command& command) {
  if (command.exec_form || command.words.front().empty()) return;
  std::vector<Fix> fixes;
  if (auto json = as_json(context, command)) fixes = {replace("Write a JSON array", command.range, *json)};
  context.report(
      "JSONArgsRecommended",
      instruction.keyword +
          " should be a JSON array: here a shell is the process that gets the signals, such as the one "
          "of `docker stop`",
      command.range, std::move(fixes));
}

// The last instruction of each kind in a stage; the ones before it have no effect.
class LastOnes {
 public:
  void see(LintContext& context, const Instruction& instruction) {
    const Instruction*& last = of(instruction.keyword);
    if (last)
      context.report("MultipleInstructionsDisallowed",
                     instruction.keyword + " has no effect: a later one of the same stage replaces it",
                     last->range, {replace("Remove it", context.whole_lines(*last), "")},
                     {{instruction.keyword_range, "this one counts"}});
    last = &instruction;
  }

 private:
  const Instruction*& of(std::string_view keyword) {
    return keyword == "CMD" ? cmd_ : keyword == "ENTRYPOINT" ? entrypoint_ : healthcheck_;
  }
  const Instruction* cmd_ = nullptr;
  const Instruction* entrypoint_ = nullptr;
  const Instruction* healthcheck_ = nullptr;
};

}  // namespace

void check_commands(LintContext& context) {
  std::vector<bool> has_shell(context.graph.stages.size());
  for (const Stage& stage : context.graph.stages) {
    LastOnes last;
    bool shell = stage.base.kind == StageReference::Kind::stage && has_shell[stage.base.stage];
    for (const Instruction* instruction : stage.instructions) {
      const InstructionBody& body = instruction->body;
      shell = shell || std::holds_alternative<ShellInstruction>(body);
      const auto* cmd = std::get_if<CmdInstruction>(&body);
      const auto* entrypoint = std::get_if<EntrypointInstruction>(&body);
      if (cmd && !shell) check_shell_form(context, *instruction, cmd->command);
      if (entrypoint && !shell) check_shell_form(context, *instruction, entrypoint->command);
      if (cmd || entrypoint || std::holds_alternative<HealthcheckInstruction>(body))
        last.see(context, *instruction);
    }
    has_shell[stage.index] = shell;
  }
}

}  // namespace mbuild::parser
