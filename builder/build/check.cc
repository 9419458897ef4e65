#include "builder/check.h"

#include <algorithm>

#include "builder/build/lint_request.h"
#include "builder/build/request_options.h"

namespace mbuild::builder {

namespace {

// Keeps the order of positions; at one position what was there comes first.
void append(std::vector<parser::Diagnostic>& all, const std::vector<parser::Diagnostic>& more) {
  auto by_position = [](const parser::Diagnostic& a, const parser::Diagnostic& b) {
    return a.range.begin < b.range.begin;
  };
  all.insert(all.end(), more.begin(), more.end());
  std::stable_sort(all.begin(), all.end(), by_position);
}

}  // namespace

parser::Findings CheckedDockerfile::findings() const {
  parser::Findings all{parsed.dockerfile.source, parsed.diagnostics, lint.failure};
  append(all.diagnostics, stages.diagnostics);
  append(all.diagnostics, lint.diagnostics);
  return all;
}

parser::Findings CheckedDockerfile::errors() const {
  parser::Findings errors{parsed.dockerfile.source, parsed.diagnostics, ""};
  append(errors.diagnostics, stages.diagnostics);
  std::erase_if(errors.diagnostics, [](const parser::Diagnostic& diagnostic) {
    return diagnostic.severity != parser::Severity::error;
  });
  return errors;
}

Result<CheckedDockerfile> check_dockerfile(const BuildRequest& request,
                                           const std::vector<std::string>& enable) {
  CheckedDockerfile checked{parser::parse(MBUILD_TRY(load_dockerfile(request))), {}, {}, {}};
  checked.stage_options = MBUILD_TRY(lower_options(request)).stages;
  const parser::Dockerfile& dockerfile = checked.parsed.dockerfile;
  checked.stages = parser::resolve_stages(dockerfile, checked.stage_options);
  parser::LintOptions options;
  options.enable = enable;
  checked.lint = MBUILD_TRY(lint_request(request, dockerfile, checked.stages.graph, std::move(options)));
  return checked;
}

}  // namespace mbuild::builder
