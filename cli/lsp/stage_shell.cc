#include "cli/lsp/stage_shell.h"

#include "builder/check.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/temporary_folder.h"
#include "cli/write_file.h"
#include "parser/parse.h"
#include "parser/stages.h"

namespace mbuild::cli::lsp {

Result<std::string> with_failing_step(std::string_view text, const std::string& stage) {
  const parser::ParseResult parsed = parser::parse(parser::Source("Dockerfile", std::string(text)));
  if (!parsed.ok())
    return fail(ErrorKind::invalid_input, "the Dockerfile has errors: `mbuild check` lists them");
  parser::StageOptions options;
  options.target = stage;
  options.platform_args = parser::default_platform_args();
  const parser::StageResult stages = parser::resolve_stages(parsed.dockerfile, options);
  if (!stages.ok()) return fail(ErrorKind::not_found, stages.diagnostics.front().message);
  const parser::Stage& target = stages.graph.stages[stages.graph.target];
  const parser::Instruction* last = target.instructions.empty() ? target.from : target.instructions.back();
  std::string result(text);
  result.insert(last->range.end, "\nRUN exit 1\n");
  return result;
}

int run_stage_shell(const StageShell& request) {
  builder::BuildRequest build;
  build.dockerfile_path = request.file;
  Result<TemporaryFolder> folder = TemporaryFolder::make();
  if (!folder) return report_error(folder.error());
  const std::string file = folder->path() + "/Dockerfile";
  const Result<void> written = [&]() -> Result<void> {
    const parser::Source source = MBUILD_TRY(builder::load_dockerfile(build));
    return write_file(file, MBUILD_TRY(with_failing_step(source.text(), request.stage)));
  }();
  if (!written) return report_error(written.error());
  std::vector<std::string> words = {"--on-fail=shell", "-f", file};
  if (!request.stage.empty()) words.push_back("--target=" + request.stage);
  if (!request.root.empty()) words.push_back("--root=" + request.root);
  words.push_back(request.context.empty() ? "." : request.context);
  return cmd_build(std::move(words));
}

}  // namespace mbuild::cli::lsp
