// lint(): BuildKit's build checks, and checks of our own, over a parsed file.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parser/ast.h"
#include "parser/diagnostic.h"
#include "parser/ignore_file.h"
#include "parser/lint_config.h"
#include "parser/stage_walk.h"
#include "parser/stages.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

struct LintRule {
  std::string_view name;         // as in `# check=skip=<name>`
  std::string_view description;  // one sentence
  std::string_view url;          // empty for rules of our own
  Severity severity = Severity::warning;
  bool buildkit = true;       // one of BuildKit's; only these make `error=true` fail a build
  bool experimental = false;  // runs only when `experimental=` names it
  bool opt_in = false;        // runs only when LintOptions::enable names it
  bool of_stage = false;      // about what a stage does: not reported of stages that a build passes over
};

// All of them, BuildKit's first.
std::span<const LintRule> lint_rules();
const LintRule* find_lint_rule(std::string_view name);

struct LintOptions {
  // Replaces `# check=`: the value of --build-arg BUILDKIT_DOCKERFILE_CHECK.
  std::optional<LintConfig> config;
  std::vector<std::string> enable;          // opt-in rules
  const PatternMatcher* ignored = nullptr;  // the context's .dockerignore, if it has one
  std::map<std::string, std::string> build_args;
  // As in a build: stages that the target does not need are not looked at by rules that are `of_stage`.
  bool needed_stages_only = false;
  // The environment in the config of an image or named context that stages are from; nullopt when it is not
  // known, as in an editor that has not pulled it. Then a variable counts as undefined only if it looks
  // misspelt.
  BaseEnvironment base_environment;
  // base_platform_mismatch() of the stages where it holds: skipped and counted like all the others.
  std::vector<Diagnostic> found_by_caller;
};

struct LintResult {
  std::vector<Diagnostic> diagnostics;  // by position; `code` is a rule's name
  // "lint violation found for rules: A, B" when the file asks for `error=true` and breaks rules of
  // BuildKit's. Our own do not count: a file that builds elsewhere must build here.
  std::string failure;
};

// Looks at all stages, needed by the target or not, unless told otherwise. `graph` is of `dockerfile`;
// diagnostics of parsing and of the graph are not repeated, but a wrong `# check=` is reported here.
// InvalidBaseImagePlatform is the caller's to find, who sees the image. Pure, if `base_environment` is.
LintResult lint(const Dockerfile& dockerfile, const StageGraph& graph, const LintOptions& options);

// InvalidBaseImagePlatform, for the caller who has pulled the base of `stage`.
Diagnostic base_platform_mismatch(const Stage& stage, std::string_view image, std::string_view expected,
                                  std::string_view actual);

}  // namespace mbuild::parser

#pragma GCC visibility pop
