// RUN, CMD, ENTRYPOINT, SHELL.
#include "parser/instruction_reader.h"
#include "parser/mount.h"

namespace mbuild::parser {

namespace {

// An empty command in shell form is legal: the shell is given an empty line.
bool read_optional_command(InstructionInput& input, Command& command) {
  if (!read_command(input, input.shape.arguments, command)) return false;
  if (input.shape.arguments.empty()) {
    command.words.emplace_back();
    const std::string keyword(input.rule.keyword);
    input.warn("empty-command",
               keyword + " has no command: use `" + keyword + " []` to clear an inherited one",
               input.keyword_range());
  }
  return true;
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

// Whatever else a mount says depends on variables, which are not known here.
bool check_mount(InstructionInput& input, const Word& mount) {
  const auto from = find_mount_from(mount.text);
  if (from) return true;
  // Places in the value are places in the source when nothing was unquoted or joined.
  Range range = mount.range;
  if (range.size() == mount.text.size()) {
    range = {mount.range.begin + static_cast<std::uint32_t>(from.error().begin),
             mount.range.begin + static_cast<std::uint32_t>(from.error().end)};
  }
  input.error("invalid-mount", from.error().message, range);
  return false;
}

}  // namespace

bool read_run(InstructionInput& input, InstructionBody& body) {
  auto& run = body.emplace<RunInstruction>();
  if (!read_command(input, input.shape.arguments, run.command)) return false;
  if (run.command.words.empty()) return missing_arguments(input, "requires at least one argument");
  run.heredocs = std::move(input.heredocs);
  run.mounts = input.list_flag("mount");
  run.network = input.text_flag("network");
  run.security = input.text_flag("security");
  run.devices = input.list_flag("device");
  bool correct = !run.network || check_mode(input, *run.network, "network", {"default", "none", "host"});
  if (run.security) correct &= check_mode(input, *run.security, "security", {"sandbox", "insecure"});
  for (const Word& mount : run.mounts) correct &= check_mount(input, mount);
  return correct;
}

bool read_cmd(InstructionInput& input, InstructionBody& body) {
  return read_optional_command(input, body.emplace<CmdInstruction>().command);
}

bool read_entrypoint(InstructionInput& input, InstructionBody& body) {
  return read_optional_command(input, body.emplace<EntrypointInstruction>().command);
}

bool read_shell(InstructionInput& input, InstructionBody& body) {
  Command command;
  if (!read_command(input, input.shape.arguments, command)) return false;
  if (command.words.empty()) return missing_arguments(input, "requires at least one argument");
  if (!command.exec_form) {
    std::string message =
        "SHELL requires the arguments to be in JSON form, such as SHELL [\"/bin/bash\", \"-c\"]";
    if (command.words[0].find('\\') != std::string::npos) message += "; a backslash in JSON is written twice";
    input.error("json-required", std::move(message), command.range);
    return false;
  }
  body.emplace<ShellInstruction>().shell = std::move(command.words);
  return true;
}

}  // namespace mbuild::parser
