#include <fmt/format.h>

#include <cstdio>

#include "builder/check.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/dockerfile_arguments.h"
#include "cli/report.h"
#include "parser/findings.h"
#include "parser/suggest.h"

namespace mbuild::cli {

namespace {

struct CheckArguments {
  DockerfileArguments dockerfiles;
  StageArguments stages;
  std::vector<std::string> enable;
  std::string format = "text";
  bool strict = false;
  bool list_rules = false;
};

void add_options(CommandLine& line, CheckArguments& arguments) {
  add_dockerfile_arguments(line, arguments.dockerfiles, true);
  add_stage_arguments(line, arguments.stages);
  line.add_option("--format", arguments.format, "How to print: text, json, sarif or github")
      .type_name("FORMAT")
      .one_of({"text", "json", "sarif", "github"});
  line.add_option("--enable", arguments.enable, "Also check a rule that is off by default").type_name("RULE");
  line.add_flag("--strict", arguments.strict, "Warnings fail the check too");
  line.add_flag("--rules", arguments.list_rules, "List all rules and end");
  line.footer(
      "Exit codes: 0 no errors, 1 errors (or, with --strict, warnings), 2 wrong usage or unreadable "
      "files.\n");
}

void print_rules() {
  for (const parser::LintRule& rule : parser::lint_rules()) {
    const char* note = rule.opt_in ? " (--enable)" : rule.experimental ? " (experimental)" : "";
    fmt::print("{:<33} {}{}\n", rule.name, rule.description, note);
  }
}

Result<void> check_rule_names(const std::vector<std::string>& names) {
  std::vector<std::string_view> known;
  for (const parser::LintRule& rule : parser::lint_rules()) known.push_back(rule.name);
  for (const std::string& name : names)
    if (!parser::find_lint_rule(name))
      return fail(ErrorKind::invalid_input,
                  fmt::format("--enable {}: no such rule{}", name, parser::did_you_mean(name, known)));
  return {};
}

Result<std::vector<parser::Findings>> find(const CheckArguments& arguments) {
  MBUILD_CHECK(check_rule_names(arguments.enable));
  std::vector<parser::Findings> files;
  for (builder::BuildRequest& request : MBUILD_TRY(dockerfile_requests(arguments.dockerfiles))) {
    MBUILD_CHECK(apply(arguments.stages, request));
    files.push_back(MBUILD_TRY(builder::check_dockerfile(request, arguments.enable)).findings());
  }
  return files;
}

}  // namespace

int cmd_check(std::vector<std::string> words) {
  CommandLine line("Find mistakes in Dockerfiles, and what could be better.", "mbuild check");
  CheckArguments arguments;
  add_options(line, arguments);
  if (auto code = line.parse(std::move(words))) return *code;
  if (arguments.list_rules) {
    print_rules();
    return ok;
  }

  Result<std::vector<parser::Findings>> files = find(arguments);
  if (!files) {
    report_error(files.error());
    return usage;
  }
  std::fputs(parser::to_string(*files, *parser::parse_findings_format(arguments.format)).c_str(), stdout);
  for (const parser::Findings& file : *files)
    if (file.has_errors() || (arguments.strict && file.has_warnings())) return failed;
  return ok;
}

}  // namespace mbuild::cli
