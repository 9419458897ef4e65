#include <fmt/format.h>

#include <cstdio>

#include "builder/check.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/dockerfile_arguments.h"
#include "cli/report.h"
#include "parser/ast_json.h"
#include "parser/findings.h"

namespace mbuild::cli {

namespace {

Result<parser::ParseResult> read_and_parse(const DockerfileArguments& arguments) {
  std::vector<builder::BuildRequest> requests = MBUILD_TRY(dockerfile_requests(arguments));
  if (requests.size() != 1) return fail(ErrorKind::invalid_input, "there can be one Dockerfile only");
  return parser::parse(MBUILD_TRY(builder::load_dockerfile(requests.front())));
}

// A line an instruction: where it stands, and what is left of it once its lines are joined.
void print_instructions(const parser::Dockerfile& dockerfile) {
  const parser::Source& source = dockerfile.source;
  for (const parser::Directive& directive : dockerfile.directives)
    fmt::print("{:>9}  # {}={}\n", source.line_of(directive.range.begin), directive.name, directive.value);
  for (const parser::Instruction& instruction : dockerfile.instructions) {
    unsigned first = source.line_of(instruction.range.begin);
    unsigned last = source.line_of(instruction.range.end);
    std::string lines = first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
    fmt::print("{:>9}  {}\n", lines, instruction.original);
  }
}

}  // namespace

int cmd_parse(std::vector<std::string> words) {
  CommandLine line("Show a Dockerfile's instructions as they are read.", "mbuild parse");
  DockerfileArguments arguments;
  bool json = false;
  add_dockerfile_arguments(line, arguments, false);
  line.add_flag("--json", json, "Print the whole tree as JSON, with ranges, comments and diagnostics");
  line.footer("Exit codes: 0 the file is valid, 1 it is not, 2 wrong usage or an unreadable file.\n");
  if (auto code = line.parse(std::move(words))) return *code;

  Result<parser::ParseResult> parsed = read_and_parse(arguments);
  if (!parsed) {
    report_error(parsed.error());
    return usage;
  }
  if (json) {
    std::fputs(parser::to_json(*parsed).c_str(), stdout);
  } else {
    print_instructions(parsed->dockerfile);
    std::fputs(parser::findings_text({parsed->dockerfile.source, parsed->diagnostics, ""}).c_str(), stderr);
  }
  return parsed->ok() ? ok : failed;
}

}  // namespace mbuild::cli
