#include "parser/language/analysis.h"

#include <algorithm>

#include "parser/characters.h"
#include "parser/frontend.h"
#include "parser/lint.h"

namespace mbuild::parser::language {

namespace {

AnalysisOptions with_platform(AnalysisOptions options) {
  if (options.stages.platform_args.empty()) options.stages.platform_args = default_platform_args();
  return options;
}

// At one position what was there comes first, as builder/check.h has it.
void append(std::vector<Diagnostic>& all, const std::vector<Diagnostic>& more) {
  all.insert(all.end(), more.begin(), more.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.range.begin < b.range.begin; });
}

}  // namespace

Analysis::Analysis(Source source, AnalysisOptions options)
    : options_(with_platform(std::move(options))),
      parsed_(parse(std::move(source))),
      stages_(resolve_stages(parsed_.dockerfile, options_.stages)) {}

std::vector<Diagnostic> Analysis::diagnostics(const Outside& outside) const {
  std::vector<Diagnostic> all = parsed_.diagnostics;
  append(all, check_frontend(source()));
  append(all, stages_.diagnostics);
  const std::shared_ptr<const PatternMatcher> ignored = outside.ignored();
  LintOptions lint_options;
  lint_options.enable = options_.enable;
  lint_options.ignored = ignored.get();
  lint_options.build_args = options_.stages.build_args;
  append(all, lint(file(), graph(), lint_options).diagnostics);
  return all;
}

const Instruction* Analysis::instruction_before(std::uint32_t offset) const {
  const auto& all = file().instructions;
  auto after = std::upper_bound(all.begin(), all.end(), offset,
                                [](std::uint32_t at, const Instruction& i) { return at < i.range.begin; });
  return after == all.begin() ? nullptr : &*std::prev(after);
}

const Instruction* Analysis::instruction_at(std::uint32_t offset) const {
  const Instruction* found = instruction_before(offset);
  return found && offset <= found->range.end ? found : nullptr;
}

const Stage* Analysis::stage_at(std::uint32_t offset) const {
  const auto& all = graph().stages;
  auto after = std::upper_bound(all.begin(), all.end(), offset,
                                [](std::uint32_t at, const Stage& s) { return at < s.range.begin; });
  return after == all.begin() ? nullptr : &*std::prev(after);
}

const Stage* Analysis::stage_named(std::string_view name, std::size_t current) const {
  const auto& all = graph().stages;
  const std::string wanted = to_lower(name);
  if (wanted.empty()) return nullptr;
  for (std::size_t i = std::min(current, all.size()); i > 0; --i)
    if (all[i - 1].name == wanted) return &all[i - 1];
  return nullptr;
}

const Heredoc* Analysis::heredoc_at(std::uint32_t offset) const {
  const Instruction* instruction = instruction_at(offset);
  if (!instruction) return nullptr;
  for (const Heredoc& heredoc : heredocs_of(*instruction))
    if (heredoc.body_range.contains(offset)) return &heredoc;
  return nullptr;
}

const std::vector<Heredoc>& heredocs_of(const Instruction& instruction) {
  static const std::vector<Heredoc> none;
  if (const auto* run = std::get_if<RunInstruction>(&instruction.body)) return run->heredocs;
  if (const auto* copy = std::get_if<CopyInstruction>(&instruction.body)) return copy->heredocs;
  return none;
}

}  // namespace mbuild::parser::language
