#include "parser/lint.h"

#include <algorithm>
#include <set>

#include "parser/lint/checks.h"
#include "parser/lint/context.h"

namespace mbuild::parser {

namespace {

void run_checks(LintContext& context) {
  check_casing(context);
  check_stage_names(context);
  check_from(context);
  check_format(context);
  check_descriptions(context);
  check_variables(context);
  check_commands(context);
  check_expose(context);
  check_secret_names(context);

  check_base_images(context);
  check_exec_form(context);
  check_layers(context);
  check_package_managers(context);
  check_scripts(context);
  check_secrets(context);
  check_add(context);
}

// What `# check=` says, or what replaces it. A malformed one counts as absent.
LintConfig effective_config(const Dockerfile& file, const LintOptions& options,
                            std::vector<Diagnostic>& found) {
  if (options.config) return *options.config;
  const Directive* directive = file.directive("check");
  if (!directive) return {};
  auto config = parse_lint_config(directive->value);
  if (config) return std::move(*config);
  found.push_back({Severity::error,
                   "invalid-check",
                   "failed to parse check options: " + config.error(),
                   directive->value_range,
                   {},
                   {}});
  return {};
}

bool runs(std::string_view code, const LintConfig& config, const LintOptions& options) {
  const LintRule* found = find_lint_rule(code);
  if (!found) return true;
  const LintRule& rule = *found;
  if (config.skips(rule.name)) return false;
  if (rule.experimental) return config.experimental_all || config.experimental.contains(rule.name);
  if (!rule.opt_in) return true;
  return std::find(options.enable.begin(), options.enable.end(), rule.name) != options.enable.end();
}

// The instructions that skip rules in a comment above them, by position.
class CommentSkips {
 public:
  explicit CommentSkips(const Dockerfile& file) {
    for (const Instruction& instruction : file.instructions) {
      if (instruction.comments.empty()) continue;
      LintConfig config = skipped_by_comments(instruction);
      if (config.skip_all || !config.skip.empty()) skips_.push_back({instruction.range, std::move(config)});
    }
  }

  bool contain(const Diagnostic& diagnostic) const {
    auto after =
        std::upper_bound(skips_.begin(), skips_.end(), diagnostic.range.begin,
                         [](std::uint32_t offset, const Skip& skip) { return offset < skip.range.begin; });
    if (after == skips_.begin()) return false;
    const Skip& skip = *std::prev(after);
    return diagnostic.range.begin <= skip.range.end && skip.config.skips(diagnostic.code) &&
           find_lint_rule(diagnostic.code);
  }

 private:
  struct Skip {
    Range range;
    LintConfig config;
  };
  std::vector<Skip> skips_;
};

// Whether a build of the graph's target gets to the place: it is before the first stage, or in one that is
// needed.
bool is_needed(const StageGraph& graph, std::uint32_t offset) {
  auto after = std::upper_bound(graph.stages.begin(), graph.stages.end(), offset,
                                [](std::uint32_t at, const Stage& stage) { return at < stage.range.begin; });
  if (after == graph.stages.begin()) return true;
  return std::binary_search(graph.needed.begin(), graph.needed.end(), std::prev(after)->index);
}

bool is_passed_over(const Diagnostic& diagnostic, const StageGraph& graph, const LintOptions& options) {
  if (!options.needed_stages_only) return false;
  const LintRule* rule = find_lint_rule(diagnostic.code);
  return rule && rule->of_stage && !is_needed(graph, diagnostic.range.begin);
}

std::string failure_of(const std::vector<Diagnostic>& diagnostics) {
  std::set<std::string_view> broken;
  for (const Diagnostic& diagnostic : diagnostics)
    if (const LintRule* rule = find_lint_rule(diagnostic.code); rule && rule->buildkit)
      broken.insert(rule->name);
  std::string names;
  for (std::string_view name : broken) names.append(names.empty() ? "" : ", ").append(name);
  return names.empty() ? "" : "lint violation found for rules: " + names;
}

}  // namespace

LintResult lint(const Dockerfile& dockerfile, const StageGraph& graph, const LintOptions& options) {
  LintResult result;
  LintConfig config = effective_config(dockerfile, options, result.diagnostics);
  LintContext context(dockerfile, graph, options);
  run_checks(context);
  std::vector<Diagnostic>& found = context.diagnostics();
  found.insert(found.end(), options.found_by_caller.begin(), options.found_by_caller.end());
  CommentSkips skips(dockerfile);
  for (Diagnostic& diagnostic : found)
    if (runs(diagnostic.code, config, options) && !skips.contain(diagnostic) &&
        !is_passed_over(diagnostic, graph, options))
      result.diagnostics.push_back(std::move(diagnostic));
  std::stable_sort(result.diagnostics.begin(), result.diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.range.begin < b.range.begin; });
  if (config.error) result.failure = failure_of(result.diagnostics);
  return result;
}

Diagnostic base_platform_mismatch(const Stage& stage, std::string_view image, std::string_view expected,
                                  std::string_view actual) {
  const LintRule& rule = *find_lint_rule("InvalidBaseImagePlatform");
  std::string message = "base image " + std::string(image) + " is of platform " + quote(actual) + ", but " +
                        quote(expected) + " is being built";
  return {rule.severity,
          std::string(rule.name),
          std::move(message),
          stage.from_instruction().image.range,
          {},
          {}};
}

}  // namespace mbuild::parser
