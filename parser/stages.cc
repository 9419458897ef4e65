#include "parser/stages.h"

#include <algorithm>
#include <span>
#include <utility>

#include "parser/characters.h"
#include "parser/comments.h"
#include "parser/environment.h"
#include "parser/expand.h"
#include "parser/platform_name.h"
#include "parser/stage_references.h"
#include "parser/suggest.h"

namespace mbuild::parser {

namespace {

// `^[a-z][a-z0-9-_.]*$`
bool is_stage_name(std::string_view name) {
  auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
  });
}

// The passes of resolve_stages(), in order.
class Resolver {
 public:
  Resolver(const Dockerfile& file, const StageOptions& options, StageResult& result)
      : file_(file), options_(options), graph_(result.graph), diagnostics_(result.diagnostics) {}

  void run() {
    collect_stages();
    evaluate_globals();
    if (graph_.stages.empty()) return;
    ReferenceResolver references(graph_.stages, options_, diagnostics_);
    for (Stage& stage : graph_.stages) resolve_from(stage, references);
    for (Stage& stage : graph_.stages) resolve_dependencies(stage, references);
    find_target(references);
    find_needed();
    report_forward_references(references.forward_references());
  }

 private:
  void report(Severity severity, std::string code, std::string message, Range range) {
    diagnostics_.push_back({severity, std::move(code), std::move(message), range, {}, {}});
  }
  void error(std::string code, std::string message, Range range) {
    report(Severity::error, std::move(code), std::move(message), range);
  }

  void collect_stages();
  void add_stage(const Instruction& from);
  void evaluate_globals();
  std::optional<Expansion> expand_global(const Word& word);
  std::string suggest_global(const std::vector<std::string>& unset) const;
  void resolve_from(Stage& stage, ReferenceResolver& references);
  void resolve_platform(Stage& stage);
  void resolve_dependencies(Stage& stage, ReferenceResolver& references);
  void add_triggers(const Stage& stage, ReferenceResolver& references, std::vector<StageReference>& added);
  void find_target(ReferenceResolver& references);
  void find_needed();
  void report_forward_references(const std::vector<ForwardReference>& references);

  const Dockerfile& file_;
  const StageOptions& options_;
  StageGraph& graph_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<std::vector<const Instruction*>> triggers_;  // of each stage, its ONBUILDs
};

void Resolver::collect_stages() {
  for (const Instruction& instruction : file_.instructions) {
    if (std::holds_alternative<FromInstruction>(instruction.body)) {
      add_stage(instruction);
      continue;
    }
    if (graph_.stages.empty()) {
      if (std::holds_alternative<ArgInstruction>(instruction.body))
        graph_.global_args.push_back(&instruction);
      continue;
    }
    graph_.stages.back().instructions.push_back(&instruction);
    if (std::holds_alternative<OnbuildInstruction>(instruction.body))
      triggers_.back().push_back(&instruction);
  }
}

void Resolver::add_stage(const Instruction& from) {
  std::uint32_t end = static_cast<std::uint32_t>(file_.source.text().size());
  if (!graph_.stages.empty()) graph_.stages.back().range.end = from.range.begin;
  triggers_.emplace_back();
  Stage& stage = graph_.stages.emplace_back();
  stage.index = graph_.stages.size() - 1;
  stage.from = &from;
  stage.range = {from.range.begin, end};
  const auto& name = stage.from_instruction().stage_name;
  if (!name) return;
  stage.name = to_lower(name->text);
  stage.description = description_of(from, stage.name);
  if (!is_stage_name(stage.name))
    error("invalid-stage-name",
          "invalid name for build stage: \"" + name->text +
              "\", name can't start with a number or contain symbols",
          name->range);
}

void Resolver::evaluate_globals() {
  std::map<std::string, std::string>& values = graph_.global_values;
  values = options_.platform_args;
  std::string last = graph_.stages.empty() ? "" : graph_.stages.back().name;
  std::string target = !options_.target.empty() ? options_.target : !last.empty() ? last : "default";
  values.emplace("TARGETSTAGE", target);
  for (auto& [name, value] : values)
    if (auto given = options_.build_args.find(name); given != options_.build_args.end())
      value = given->second;
  for (const Instruction* instruction : graph_.global_args) {
    std::vector<std::string> unset;
    auto applied = apply_global(std::get<ArgInstruction>(instruction->body), file_.escape,
                                options_.build_args, values, unset);
    if (applied) continue;
    const EnvironmentError& failed = applied.error();
    error("invalid-expansion", "failed to process \"" + failed.word->text + "\": " + failed.error.message,
          failed.word->range);
  }
}

// nullopt after reporting.
std::optional<Expansion> Resolver::expand_global(const Word& word) {
  auto lookup = [this](std::string_view name) -> std::optional<std::string> {
    auto found = graph_.global_values.find(std::string(name));
    if (found == graph_.global_values.end()) return std::nullopt;
    return found->second;
  };
  auto result = expand(word.text, lookup, {.escape = file_.escape});
  if (result) return std::move(*result);
  error("invalid-expansion", "failed to process \"" + word.text + "\": " + result.error().message,
        word.range);
  return std::nullopt;
}

std::string Resolver::suggest_global(const std::vector<std::string>& unset) const {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : graph_.global_values) names.push_back(name);
  for (const std::string& name : unset)
    if (std::string text = did_you_mean(name, names); !text.empty()) return text;
  return "";
}

void Resolver::resolve_platform(Stage& stage) {
  const auto& platform = stage.from_instruction().platform;
  if (!platform) return;
  auto expanded = expand_global(*platform);
  if (!expanded) return;
  stage.platform = expanded->text;
  if (stage.platform.empty())
    error("empty-platform",
          "empty platform value from expression " + platform->text + suggest_global(expanded->unset),
          platform->range);
  else if (!parse_platform_name(stage.platform))
    error("invalid-platform",
          "failed to parse platform " + stage.platform +
              ": expected os, architecture or os/architecture/variant",
          platform->range);
}

void Resolver::resolve_from(Stage& stage, ReferenceResolver& references) {
  const Word& image = stage.from_instruction().image;
  auto expanded = expand_global(image);
  resolve_platform(stage);
  if (!expanded) return;
  if (expanded->text.empty())
    return error("blank-base-name",
                 "base name (" + image.text + ") should not be blank" + suggest_global(expanded->unset),
                 image.range);
  if (auto context = references.override_of(stage)) {
    stage.overridden = true;
    stage.base = std::move(*context);
    return;
  }
  stage.base = references.base(stage, std::move(expanded->text));
  references.check_image(stage.base);
}

// ONBUILD triggers of a base stage in this file run, once, in the stages that are from it.
void Resolver::add_triggers(const Stage& stage, ReferenceResolver& references,
                            std::vector<StageReference>& added) {
  if (stage.base.kind != StageReference::Kind::stage || graph_.stages[stage.base.stage].overridden) return;
  for (const Instruction* trigger : triggers_[stage.base.stage])
    references.add_sources(stage.index, *std::get<OnbuildInstruction>(trigger->body).inner, added);
}

void Resolver::resolve_dependencies(Stage& stage, ReferenceResolver& references) {
  stage.dependencies.push_back(stage.base);
  if (stage.overridden) return;
  add_triggers(stage, references, stage.dependencies);
  for (const Instruction* instruction : stage.instructions)
    references.add_sources(stage.index, *instruction, stage.dependencies);
}

void Resolver::find_target(ReferenceResolver& references) {
  graph_.target = graph_.stages.size() - 1;
  if (options_.target.empty()) return;
  if (auto found = references.names().last(to_lower(options_.target))) {
    graph_.target = *found;
    return;
  }
  error("unknown-target",
        "target stage \"" + options_.target + "\" could not be found" + references.suggest(options_.target),
        {0, 0});
}

void Resolver::find_needed() {
  std::vector<bool> needed(graph_.stages.size());
  needed[graph_.target] = true;
  // References lead only to earlier stages, so that one pass from the end reaches everything.
  for (std::size_t i = graph_.target + 1; i > 0; --i) {
    if (!needed[i - 1]) continue;
    for (const StageReference& reference : graph_.stages[i - 1].dependencies)
      if (reference.kind == StageReference::Kind::stage) needed[reference.stage] = true;
  }
  for (std::size_t i = 0; i < needed.size(); ++i)
    if (needed[i]) graph_.needed.push_back(i);
}

// Whether a reference to a stage that is not defined yet closes a cycle. Such references alone lead forward,
// so it is enough to look whether the way back is there.
bool leads_back(const std::vector<Stage>& stages, const ForwardReference& reference) {
  std::vector<bool> reached(reference.to + 1);
  reached[reference.to] = true;
  for (std::size_t i = reference.to; i > reference.from; --i) {
    if (!reached[i]) continue;
    for (const StageReference& dependency : stages[i].dependencies)
      if (dependency.kind == StageReference::Kind::stage) reached[dependency.stage] = true;
  }
  return reached[reference.from];
}

void Resolver::report_forward_references(const std::vector<ForwardReference>& references) {
  // Each search for the way back is linear, so their number is limited.
  constexpr std::size_t most_searches = 64;
  std::size_t searches = 0;
  for (const ForwardReference& reference : references) {
    bool cycle = reference.from == reference.to ||
                 (++searches <= most_searches && leads_back(graph_.stages, reference));
    bool needed = std::binary_search(graph_.needed.begin(), graph_.needed.end(), reference.from);
    if (cycle)
      error("circular-dependency",
            "circular dependency detected on stage: " + graph_.stages[reference.from].display_name(),
            reference.range);
    else
      report(needed ? Severity::error : Severity::warning, "stage-not-defined-yet", reference.message,
             reference.range);
  }
}

}  // namespace

bool StageResult::ok() const {
  return std::none_of(diagnostics.begin(), diagnostics.end(),
                      [](const Diagnostic& d) { return d.severity == Severity::error; });
}

StageResult resolve_stages(const Dockerfile& dockerfile, const StageOptions& options) {
  StageResult result;
  Resolver(dockerfile, options, result).run();
  std::stable_sort(result.diagnostics.begin(), result.diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.range.begin < b.range.begin; });
  return result;
}

std::optional<StageReference> resolve_copy_source(const StageGraph& graph, std::size_t current,
                                                  const Word& from, const StageOptions& options,
                                                  std::vector<Diagnostic>& diagnostics, ReferenceKind kind) {
  ReferenceResolver references(graph.stages, options, diagnostics);
  auto result = references.source(current, from, kind);
  for (const ForwardReference& forward : references.forward_references()) {
    bool itself = forward.from == forward.to;
    diagnostics.push_back(
        {Severity::error,
         itself ? "circular-dependency" : "stage-not-defined-yet",
         itself ? "circular dependency detected on stage: " + graph.stages[current].display_name()
                : forward.message,
         forward.range,
         {},
         {}});
  }
  return result;
}

std::map<std::string, std::string> default_platform_args() {
  return {{"BUILDPLATFORM", "linux/amd64"},
          {"BUILDOS", "linux"},
          {"BUILDOSVERSION", ""},
          {"BUILDARCH", "amd64"},
          {"BUILDVARIANT", ""},
          {"TARGETPLATFORM", "linux/amd64"},
          {"TARGETOS", "linux"},
          {"TARGETOSVERSION", ""},
          {"TARGETARCH", "amd64"},
          {"TARGETVARIANT", ""}};
}

}  // namespace mbuild::parser
