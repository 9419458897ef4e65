// NotAJsonArray, ExecFormNotExpanded.
#include <algorithm>
#include <array>

#include "parser/characters.h"
#include "parser/lint/checks.h"
#include "parser/lint/context.h"

namespace mbuild::parser {

namespace {

const Command* command_of(const Instruction& instruction) {
  const InstructionBody& body = instruction.body;
  if (const auto* run = std::get_if<RunInstruction>(&body)) return &run->command;
  if (const auto* cmd = std::get_if<CmdInstruction>(&body)) return &cmd->command;
  if (const auto* entrypoint = std::get_if<EntrypointInstruction>(&body)) return &entrypoint->command;
  if (const auto* health = std::get_if<HealthcheckInstruction>(&body); health && !health->none)
    return &health->command;
  return nullptr;
}

// `['a', 'b']` or `["a", "b",]` as JSON; nullopt when it is something else.
std::optional<std::string> repaired_array(std::string_view text) {
  std::string result = "[";
  text.remove_prefix(1);
  text.remove_suffix(1);
  for (text = trim(text); !text.empty(); text = trim(text)) {
    char mark = text.front();
    if (mark != '"' && mark != '\'') return std::nullopt;
    std::size_t end = text.find(mark, 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view word = text.substr(1, end - 1);
    if (word.find_first_of("\\\"") != std::string_view::npos) return std::nullopt;
    result.append(result.size() > 1 ? ", " : "").append(quote(word));
    text = trim(text.substr(end + 1));
    if (text.starts_with(',')) text.remove_prefix(1);
  }
  return result + "]";
}

// `[ -f x ]` is a command of the shell; an array has a quote first.
void check_array(LintContext& context, const Instruction& instruction, const Command& command) {
  std::string_view text = trim(command.words.front());
  if (!text.starts_with('[') || !text.ends_with(']')) return;
  std::string_view inside = trim(text.substr(1));
  if (!inside.starts_with('"') && !inside.starts_with('\'')) return;
  std::vector<Fix> fixes;
  if (auto json = repaired_array(text); json && context.text(command.range) == command.words.front())
    fixes = {replace("Write a JSON array", command.range, *json)};
  context.report(
      "NotAJsonArray",
      instruction.keyword +
          " looks like a JSON array but is none, so all of it is given to a shell: JSON has double "
          "quotes, and no comma at the end",
      command.range, std::move(fixes));
}

bool is_shell(std::string_view program) {
  constexpr std::array<std::string_view, 9> shells = {"sh",  "bash", "ash",        "dash", "zsh",
                                                      "ksh", "cmd",  "powershell", "pwsh"};
  std::string_view name = program.substr(program.rfind('/') + 1);
  if (name.ends_with(".exe")) name.remove_suffix(4);
  return std::find(shells.begin(), shells.end(), name) != shells.end();
}

bool is_variable(std::string_view word) {
  std::size_t dollar = word.find('$');
  if (dollar == std::string_view::npos || dollar + 1 == word.size()) return false;
  char next = word[dollar + 1] == '{' && dollar + 2 < word.size() ? word[dollar + 2] : word[dollar + 1];
  return (to_lower(next) >= 'a' && to_lower(next) <= 'z') || next == '_';
}

// Programs that expand variables themselves are few; these are the ones that images really start.
bool expands_itself(std::string_view program) {
  return program.find("envsubst") != std::string_view::npos ||
         program.find("awk") != std::string_view::npos || program.find("perl") != std::string_view::npos ||
         program.ends_with("node");
}

void check_words(LintContext& context, const Command& command) {
  if (command.words.empty() || is_shell(command.words.front()) || expands_itself(command.words.front()))
    return;
  for (const std::string& word : command.words) {
    bool is_operator = word == "&&" || word == "||" || word == "|" || word == ">" || word == ">>" ||
                       word == "<" || word == ";";
    if (!is_operator && !is_variable(word)) continue;
    context.report("ExecFormNotExpanded",
                   quote(word) + " reaches the program as it is: in exec form no shell " +
                       (is_operator ? "acts on operators" : "expands variables") +
                       "; write [\"sh\", \"-c\", \"...\"] or leave out the array",
                   command.range);
    return;
  }
}

void check(LintContext& context, const Instruction& instruction) {
  const Command* command = command_of(instruction);
  if (!command) return;
  if (command->exec_form)
    check_words(context, *command);
  else
    check_array(context, instruction, *command);
}

}  // namespace

void check_exec_form(LintContext& context) {
  for (const Instruction& instruction : context.file.instructions) {
    check(context, instruction);
    if (const auto* onbuild = std::get_if<OnbuildInstruction>(&instruction.body))
      check(context, *onbuild->inner);
  }
}

}  // namespace mbuild::parser
