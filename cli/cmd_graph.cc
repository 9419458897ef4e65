#include <cstdio>

#include "builder/check.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/dockerfile_arguments.h"
#include "cli/report.h"
#include "parser/findings.h"
#include "parser/stage_drawing.h"

namespace mbuild::cli {

namespace {

Result<builder::CheckedDockerfile> read_and_check(const DockerfileArguments& dockerfiles,
                                                  const StageArguments& stages) {
  std::vector<builder::BuildRequest> requests = MBUILD_TRY(dockerfile_requests(dockerfiles));
  if (requests.size() != 1) return fail(ErrorKind::invalid_input, "there can be one Dockerfile only");
  MBUILD_CHECK(apply(stages, requests.front()));
  return builder::check_dockerfile(requests.front());
}

}  // namespace

int cmd_graph(std::vector<std::string> words) {
  CommandLine line("Draw a Dockerfile's stages and what leads from one to the other.", "mbuild graph");
  DockerfileArguments dockerfiles;
  StageArguments stages;
  std::string format = "text";
  add_dockerfile_arguments(line, dockerfiles, false);
  add_stage_arguments(line, stages);
  line.add_option("--format", format, "How to draw: text, dot (Graphviz), mermaid or svg")
      .type_name("FORMAT")
      .one_of({"text", "dot", "mermaid", "svg"});
  line.footer("Exit codes: 0 drawn, 1 the file is not valid, 2 wrong usage or an unreadable file.\n");
  if (auto code = line.parse(std::move(words))) return *code;

  Result<builder::CheckedDockerfile> checked = read_and_check(dockerfiles, stages);
  if (!checked) {
    report_error(checked.error());
    return usage;
  }
  if (!checked->ok()) {
    std::fputs(parser::findings_text(checked->errors()).c_str(), stderr);
    return failed;
  }
  std::fputs(parser::draw_stages(checked->stages.graph, *parser::parse_drawing_format(format)).c_str(),
             stdout);
  return ok;
}

}  // namespace mbuild::cli
