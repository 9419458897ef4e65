#include "builder/build/lint_build.h"

#include <map>

#include "builder/build/dockerfile_input.h"
#include "builder/build/lint_request.h"

namespace mbuild::builder {

namespace {

using parser::StageReference;

// The images that needed stages start from, by what FROM says.
class Bases {
 public:
  Bases(const parser::StageGraph& graph, const LowerOptions& options, ImageResolver& images) {
    for (std::size_t index : graph.needed) resolve(graph.stages[index], options, images);
  }

  std::optional<parser::Variables> environment(const StageReference& base) const {
    auto found = environments_.find({base.kind, base.name});
    if (found == environments_.end()) return std::nullopt;
    return found->second;
  }

  const std::vector<parser::Diagnostic>& wrong_platforms() const { return wrong_platforms_; }

 private:
  void resolve(const parser::Stage& stage, const LowerOptions& options, ImageResolver& images);

  std::map<std::pair<StageReference::Kind, std::string>, parser::Variables> environments_;
  std::vector<parser::Diagnostic> wrong_platforms_;
};

parser::Variables variables_of(const oci::ImageConfig& config) {
  parser::Variables variables;
  for (const std::string& variable : config.config.env) {
    std::size_t equals = variable.find('=');
    if (equals != std::string::npos) variables[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  return variables;
}

void Bases::resolve(const parser::Stage& stage, const LowerOptions& options, ImageResolver& images) {
  if (stage.base.kind != StageReference::Kind::image) return;
  oci::Platform platform = options.target_platform;
  if (!stage.platform.empty()) {
    Result<oci::Platform> given = oci::Platform::parse(stage.platform);
    if (!given) return;
    platform = *given;
  }
  Result<ImageSourcePtr> image = images.resolve(stage.base.name, platform);
  if (!image) return;
  const oci::ImageConfig& config = (*image)->config;
  environments_[{stage.base.kind, stage.base.name}] = variables_of(config);
  if (!config.platform.os.empty() && oci::best_match(platform, {config.platform}) < 0)
    wrong_platforms_.push_back(parser::base_platform_mismatch(stage, stage.base.name, platform.str(),
                                                              config.platform.normalized().str()));
}

}  // namespace

Result<void> lint_build(const BuildRequest& request, const parser::Dockerfile& dockerfile,
                        const parser::StageGraph& graph, const LowerOptions& options, ImageResolver& images,
                        const std::function<void(Notice)>& notice) {
  const Bases bases(graph, options, images);
  parser::LintOptions lint;
  lint.needed_stages_only = true;
  lint.base_environment = [&bases](const StageReference& base) { return bases.environment(base); };
  lint.found_by_caller = bases.wrong_platforms();
  parser::LintResult result = MBUILD_TRY(lint_request(request, dockerfile, graph, std::move(lint)));
  for (const parser::Diagnostic& diagnostic : result.diagnostics) {
    SourceLines lines = lines_of(dockerfile.source, diagnostic.range);
    if (diagnostic.code == "invalid-check")
      return std::unexpected(Error(ErrorKind::invalid_input, diagnostic.message).with_source(lines));
    // Other errors are the lowering's to tell, which sees what this build comes to.
    if (diagnostic.severity == parser::Severity::warning)
      notice({Notice::Level::warning, diagnostic.code, diagnostic.message, lines});
  }
  if (result.failure.empty()) return {};
  Error error(ErrorKind::invalid_input, result.failure);
  const parser::Directive* check = dockerfile.directive("check");
  if (check) error = std::move(error).with_source(lines_of(dockerfile.source, check->range));
  return std::unexpected(std::move(error).with_hint("`mbuild check` shows the lines"));
}

}  // namespace mbuild::builder
