#include "tests/parser/lint/lint_checker.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "parser/parse.h"

namespace mbuild::parser {

namespace {

std::string apply_fixes(const Source& source, const std::vector<Diagnostic>& diagnostics) {
  std::vector<TextEdit> edits;
  for (const Diagnostic& diagnostic : diagnostics)
    if (!diagnostic.fixes.empty())
      for (const TextEdit& edit : diagnostic.fixes.front().edits) edits.push_back(edit);
  std::stable_sort(edits.begin(), edits.end(),
                   [](const TextEdit& a, const TextEdit& b) { return a.range.begin > b.range.begin; });
  std::string text(source.text());
  std::uint32_t last = static_cast<std::uint32_t>(text.size()) + 1;
  for (const TextEdit& edit : edits) {
    if (edit.range.end > last) continue;
    text.replace(edit.range.begin, edit.range.size(), edit.text);
    last = edit.range.begin;
  }
  return text;
}

}  // namespace

Linted lint_text(const std::string& text, const LintOptions& options, const std::string& target) {
  ParseResult parsed = parse(Source("Dockerfile", text));
  EXPECT_TRUE(parsed.ok()) << text << "\n" << (parsed.ok() ? "" : parsed.diagnostics.front().message);
  StageOptions stage_options;
  stage_options.target = target;
  stage_options.platform_args = default_platform_args();
  stage_options.build_args = options.build_args;
  StageResult stages = resolve_stages(parsed.dockerfile, stage_options);
  LintResult result = lint(parsed.dockerfile, stages.graph, options);
  Linted linted;
  linted.failure = result.failure;
  for (const Diagnostic& diagnostic : result.diagnostics) {
    EXPECT_LE(diagnostic.range.begin, diagnostic.range.end);
    EXPECT_LE(diagnostic.range.end, text.size());
    linted.found.push_back(diagnostic.code + "@" +
                           std::string(parsed.dockerfile.source.text(diagnostic.range)));
    linted.messages.push_back(diagnostic.message);
  }
  linted.fixed = apply_fixes(parsed.dockerfile.source, result.diagnostics);
  EXPECT_TRUE(parse(Source("Dockerfile", linted.fixed)).ok()) << linted.fixed;
  return linted;
}

std::vector<std::string> found(const std::string& text, std::vector<std::string> rules,
                               const LintOptions& options) {
  std::vector<std::string> result = lint_text(text, options).found;
  std::erase_if(result, [&](const std::string& one) {
    return std::find(rules.begin(), rules.end(), one.substr(0, one.find('@'))) == rules.end();
  });
  return result;
}

LintOptions with_base_environment(Variables variables) {
  LintOptions options;
  options.base_environment = [variables = std::move(variables)](const StageReference&) { return variables; };
  return options;
}

}  // namespace mbuild::parser
