// RUN, CMD, ENTRYPOINT, SHELL.
#include "parser/instruction_reader.h"

namespace mbuild::parser {

namespace {

// An empty command in shell form is legal: the shell is given an empty line.
template <typename Body>
std::optional<InstructionBody> read_optional_command(InstructionInput& input) {
  std::optional<Command> command = read_command(input, input.shape.arguments);
  if (!command) return std::nullopt;
  if (input.shape.arguments.empty()) {
    command->words.emplace_back();
    const std::string keyword(input.rule.keyword);
    input.warn("empty-command",
               keyword + " has no command: use `" + keyword + " []` to clear an inherited one",
               input.keyword_range());
  }
  return Body{std::move(*command)};
}

bool check_mode(InstructionInput& input, const Word& value, std::string_view what,
                std::initializer_list<std::string_view> modes) {
  std::string known;
  for (std::string_view mode : modes) {
    if (value.text == mode) return true;
    known += (known.empty() ? "" : ", ") + std::string(mode);
  }
  input.error("invalid-" + std::string(what) + "-mode",
              "invalid " + std::string(what) + " mode \"" + value.text + "\": use one of " + known,
              value.range);
  return false;
}

}  // namespace

std::optional<InstructionBody> read_run(InstructionInput& input) {
  RunInstruction run;
  std::optional<Command> command = read_command(input, input.shape.arguments);
  if (!command) return std::nullopt;
  if (command->words.empty()) return missing_arguments(input, "requires at least one argument");
  run.command = std::move(*command);
  run.heredocs = std::move(input.heredocs);
  run.mounts = input.list_flag("mount");
  run.network = input.text_flag("network");
  run.security = input.text_flag("security");
  run.devices = input.list_flag("device");
  if (run.network && !check_mode(input, *run.network, "network", {"default", "none", "host"}))
    return std::nullopt;
  if (run.security && !check_mode(input, *run.security, "security", {"sandbox", "insecure"}))
    return std::nullopt;
  return run;
}

std::optional<InstructionBody> read_cmd(InstructionInput& input) {
  return read_optional_command<CmdInstruction>(input);
}

std::optional<InstructionBody> read_entrypoint(InstructionInput& input) {
  return read_optional_command<EntrypointInstruction>(input);
}

std::optional<InstructionBody> read_shell(InstructionInput& input) {
  std::optional<Command> command = read_command(input, input.shape.arguments);
  if (!command) return std::nullopt;
  if (command->words.empty()) return missing_arguments(input, "requires at least one argument");
  if (!command->exec_form) {
    std::string message =
        "SHELL requires the arguments to be in JSON form, such as SHELL [\"/bin/bash\", \"-c\"]";
    if (command->words[0].find('\\') != std::string::npos)
      message += "; a backslash in JSON is written twice";
    input.error("json-required", std::move(message), command->range);
    return std::nullopt;
  }
  return ShellInstruction{std::move(command->words)};
}

}  // namespace mbuild::parser
