#include "builder/build/prepare.h"

#include <charconv>

#include "builder/build/dockerfile_input.h"
#include "builder/build/outputs.h"
#include "builder/build/request_options.h"

namespace mbuild::builder {

namespace {

// --build-arg SOURCE_DATE_EPOCH, else the default of a global ARG of that name; empty: none.
Result<std::optional<std::int64_t>> source_date_epoch(const BuildRequest& request,
                                                      const parser::StageGraph& graph) {
  std::string text;
  if (auto global = graph.global_values.find("SOURCE_DATE_EPOCH"); global != graph.global_values.end())
    text = global->second;
  for (const auto& [name, value] : request.build_args)
    if (name == "SOURCE_DATE_EPOCH") text = value;
  // The time of the context: a directory has none (SEMANTICS A7).
  if (text.empty() || text == "context") return std::nullopt;
  std::int64_t seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t kLast = 253'402'300'799;  // 9999-12-31T23:59:59Z: RFC 3339 has no later year
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > kLast)
    return fail(ErrorKind::invalid_input,
                "invalid SOURCE_DATE_EPOCH \"" + text + "\": give whole seconds since 1970, up to year 9999");
  return seconds;
}

}  // namespace

Result<std::vector<oci::Reference>> parse_tags(const std::vector<std::string>& tags) {
  std::vector<oci::Reference> references;
  for (const std::string& tag : tags)
    references.push_back(MBUILD_TRY_AS("--tag " + tag, oci::Reference::parse(tag)));
  return references;
}

Result<PreparedBuild> prepare(const BuildRequest& request, parser::Source dockerfile,
                              const std::string& context, const std::function<void(Notice)>& notice) {
  std::vector<oci::Platform> platforms = MBUILD_TRY(target_platforms(request));
  parser::ParseResult parsed = parser::parse(std::move(dockerfile));
  PreparedBuild prepared{std::move(parsed.dockerfile), {}, {}, {}, {}};
  const parser::Source& source = prepared.dockerfile.source;
  MBUILD_CHECK(check_diagnostics(frontend_problems(request, source), source, "dockerfile error", notice));
  MBUILD_CHECK(check_diagnostics(parsed.diagnostics, source, "dockerfile parse error", notice));
  for (const oci::Platform& platform : platforms) {
    LowerTarget target{{}, lower_options(request, platform)};
    target.options.context_dir = context;
    parser::StageResult stages = parser::resolve_stages(prepared.dockerfile, target.options.stages);
    // What is questionable is so on every platform: it is told once.
    const bool first = prepared.targets.empty();
    MBUILD_CHECK(check_diagnostics(stages.diagnostics, source, "dockerfile error",
                                   first ? notice : std::function<void(Notice)>([](const Notice&) {})));
    target.graph = std::move(stages.graph);
    prepared.targets.push_back(std::move(target));
  }
  prepared.tags = MBUILD_TRY(parse_tags(request.tags));
  prepared.epoch = MBUILD_TRY(source_date_epoch(request, prepared.targets.front().graph));
  prepared.outputs = MBUILD_TRY(plan_outputs(request, prepared.epoch.has_value()));
  return prepared;
}

}  // namespace mbuild::builder
