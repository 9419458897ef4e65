#include "builder/build/prepare.h"

#include "builder/build/dockerfile_input.h"
#include "builder/build/outputs.h"
#include "builder/build/request_options.h"

namespace mbuild::builder {

Result<std::vector<oci::Reference>> parse_tags(const std::vector<std::string>& tags) {
  std::vector<oci::Reference> references;
  for (const std::string& tag : tags)
    references.push_back(MBUILD_TRY_AS("--tag " + tag, oci::Reference::parse(tag)));
  return references;
}

Result<PreparedBuild> prepare(const BuildRequest& request, parser::Source dockerfile,
                              const std::string& context, const EpochSources& epoch_sources,
                              const std::function<void(Notice)>& notice) {
  std::vector<oci::Platform> platforms = MBUILD_TRY(target_platforms(request));
  parser::ParseResult parsed = parser::parse(std::move(dockerfile));
  PreparedBuild prepared{std::move(parsed.dockerfile), {}, {}, {}, {}};
  const parser::Source& source = prepared.dockerfile.source;
  MBUILD_CHECK(check_diagnostics(frontend_problems(request, source), source, "dockerfile error", notice));
  MBUILD_CHECK(check_diagnostics(parsed.diagnostics, source, "dockerfile parse error", notice));
  SourceEpoch epoch;
  for (const oci::Platform& platform : platforms) {
    LowerTarget target{{}, lower_options(request, platform)};
    target.options.context_dir = context;
    if (platform == platforms.front())
      epoch = MBUILD_TRY(find_source_epoch(prepared.dockerfile, target.options, epoch_sources));
    set_source_epoch(epoch, target.options);
    parser::StageResult stages = parser::resolve_stages(prepared.dockerfile, target.options.stages);
    // What is questionable is so on every platform: it is told once.
    const bool first = prepared.targets.empty();
    MBUILD_CHECK(check_diagnostics(stages.diagnostics, source, "dockerfile error",
                                   first ? notice : std::function<void(Notice)>([](const Notice&) {})));
    target.graph = std::move(stages.graph);
    if (epoch.word && !epoch.seconds) target.graph.global_values.erase(std::string(kSourceDateEpoch));
    prepared.targets.push_back(std::move(target));
  }
  prepared.tags = MBUILD_TRY(parse_tags(request.tags));
  prepared.epoch = epoch.seconds;
  prepared.outputs = MBUILD_TRY(plan_outputs(request, prepared.epoch.has_value()));
  return prepared;
}

}  // namespace mbuild::builder
