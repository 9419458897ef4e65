#include "builder/build/source_epoch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "builder/plan/source_lines.h"
#include "parser/image_name.h"

namespace mbuild::builder {

namespace {

const std::string kName(kSourceDateEpoch);

using Time = std::optional<std::int64_t>;

Result<std::int64_t> check_range(std::int64_t seconds) {
  constexpr std::int64_t kLast = 253'402'300'799;  // 9999-12-31T23:59:59Z: RFC 3339 has no later year
  if (seconds >= 0 && seconds <= kLast) return seconds;
  return fail(
      ErrorKind::invalid_input,
      fmt::format("invalid {} \"{}\": give whole seconds since 1970, up to year 9999", kName, seconds));
}

std::optional<std::int64_t> read_number(const std::string& text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return seconds;
}

// The location of a named context, or null.
const std::string* find_context(const std::string& name, const LowerOptions& options) {
  for (const std::string& key : {name, parser::context_name(name)})
    if (auto found = options.named_contexts.find(key); found != options.named_contexts.end())
      return &found->second;
  return nullptr;
}

Result<Time> time_of_context(const std::string& location, SourceFetcher& fetcher) {
  const bool image = location.starts_with("oci-layout://") || location.starts_with("docker-image://");
  if (image || parser::context_kind(location) == parser::SourceKind::local) return std::nullopt;
  return MBUILD_TRY(fetcher.context(location, {}))->time();
}

class NoImages final : public ImageResolver {
 public:
  Result<ImageSourcePtr> resolve(const std::string& name, const oci::Platform&) override {
    return fail(ErrorKind::internal, "a stage without images asks for " + name);
  }
};

Result<void> check_stage(const parser::Stage& stage) {
  if (stage.base.kind != parser::StageReference::Kind::scratch)
    return fail(ErrorKind::invalid_input, kName + " stage must use FROM scratch");
  const parser::CopyInstruction* add = nullptr;
  for (const parser::Instruction* instruction : stage.instructions) {
    if (std::holds_alternative<parser::ArgInstruction>(instruction->body)) continue;
    const auto* copy = std::get_if<parser::CopyInstruction>(&instruction->body);
    if (!copy || !copy->add)
      return fail(ErrorKind::invalid_input,
                  fmt::format("{} stage does not meet source-only requirements: unsupported {} instruction",
                              kName, instruction->keyword));
    if (add || copy->sources.size() != 1 || !copy->heredocs.empty())
      return fail(ErrorKind::invalid_input, kName + " stage must contain exactly one remote ADD source");
    add = copy;
  }
  if (!add) return fail(ErrorKind::invalid_input, kName + " stage must contain exactly one remote ADD");
  return {};
}

// What ADD adds is known once the stage is lowered as any other is.
Result<Time> time_of_stage(const parser::Dockerfile& dockerfile, const parser::StageGraph& graph,
                           LowerOptions options, SourceFetcher& fetcher) {
  MBUILD_CHECK(check_stage(graph.stages[graph.target]));
  NoImages images;
  const Plan plan = MBUILD_TRY(lower(dockerfile, graph, options, images, [](const Notice&) {}));
  for (const Op& op : plan.ops) {
    if (const auto* http = std::get_if<HttpOp>(&op.body))
      return MBUILD_TRY(fetcher.http_file(http->url, http->name, http->checksum, nullptr))->time();
    if (const auto* git = std::get_if<GitOp>(&op.body))
      return MBUILD_TRY(fetcher.repository(git->repository))->time();
  }
  return fail(ErrorKind::invalid_input, kName + " stage source must be a single HTTP(S) or Git ADD");
}

Result<Time> time_of_name(const std::string& name, const parser::Dockerfile& dockerfile,
                          const LowerOptions& options, const EpochSources& sources) {
  if (name == "context") return sources.context ? sources.context->time() : Result<Time>(std::nullopt);
  if (const std::string* location = find_context(name, options))
    return time_of_context(*location, sources.fetcher);

  LowerOptions alone = options;
  alone.stages.build_args.erase(kName);
  alone.stages.target = name;
  std::transform(name.begin(), name.end(), alone.stages.target.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  parser::StageResult stages = parser::resolve_stages(dockerfile, alone.stages);
  const auto& all = stages.graph.stages;
  const bool is_stage = std::any_of(all.begin(), all.end(), [&](const parser::Stage& stage) {
    return !stage.name.empty() && stage.name == alone.stages.target;
  });
  if (!is_stage || !stages.ok())
    return fail(
        ErrorKind::invalid_input,
        fmt::format("invalid {}: {}: it is neither a number of seconds since 1970, up to year 9999, nor "
                    "the name of a context or a stage",
                    kName, name));
  stages.graph.global_values.erase(kName);
  auto time = time_of_stage(dockerfile, stages.graph, std::move(alone), sources.fetcher);
  if (time) return time;
  return std::unexpected(std::move(time).error().with_source(
      lines_of(dockerfile.source, stages.graph.stages[stages.graph.target].from->range)));
}

}  // namespace

Result<SourceEpoch> find_source_epoch(const parser::Dockerfile& dockerfile, const LowerOptions& options,
                                      const EpochSources& sources) {
  std::string text;
  if (auto given = options.stages.build_args.find(kName); given != options.stages.build_args.end()) {
    text = given->second;
  } else {
    const parser::StageGraph graph = parser::resolve_stages(dockerfile, options.stages).graph;
    if (auto found = graph.global_values.find(kName); found != graph.global_values.end())
      text = found->second;
  }
  if (text.empty()) return SourceEpoch{};
  if (const auto number = read_number(text)) return SourceEpoch{MBUILD_TRY(check_range(*number)), false};
  Time time = MBUILD_TRY(time_of_name(text, dockerfile, options, sources));
  if (time) time = MBUILD_TRY(check_range(*time));
  return SourceEpoch{time, true};
}

void set_source_epoch(const SourceEpoch& epoch, LowerOptions& options) {
  if (!epoch.word) return;
  options.stages.build_args.erase(kName);
  if (epoch.seconds) options.stages.build_args[kName] = std::to_string(*epoch.seconds);
}

}  // namespace mbuild::builder
