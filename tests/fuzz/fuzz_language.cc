// Everything that follows parsing: stages, checks, fixes, formatting, outlines and drawings of any text.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "parser/format.h"
#include "parser/lint.h"
#include "parser/meaning.h"
#include "parser/outline.h"
#include "parser/parse.h"
#include "parser/stage_drawing.h"
#include "parser/stages.h"
#include "parser/text_edit.h"

namespace {

using namespace mbuild::parser;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_range(Range range, std::size_t size) {
  require(range.begin <= range.end && range.end <= size);
}

void check_diagnostics(const std::vector<Diagnostic>& diagnostics, std::size_t size) {
  for (const Diagnostic& diagnostic : diagnostics) {
    require(!diagnostic.code.empty() && !diagnostic.message.empty());
    check_range(diagnostic.range, size);
    for (const Related& related : diagnostic.related) check_range(related.range, size);
    for (const Fix& fix : diagnostic.fixes)
      for (const TextEdit& edit : fix.edits) check_range(edit.range, size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const ParseResult parsed = parse(Source("Dockerfile", text));
  StageOptions options;
  options.platform_args = default_platform_args();
  const StageResult stages = resolve_stages(parsed.dockerfile, options);
  check_diagnostics(stages.diagnostics, size);
  const StageGraph& graph = stages.graph;
  for (const Stage& stage : graph.stages)
    for (const StageReference& reference : stage.dependencies)
      require(reference.kind != StageReference::Kind::stage || reference.stage < stage.index);

  LintOptions lint_options;
  lint_options.enable = {"UnpinnedBaseImage"};
  lint_options.base_environment = [](const StageReference&) { return Variables(); };
  const LintResult linted = lint(parsed.dockerfile, graph, lint_options);
  check_diagnostics(linted.diagnostics, size);
  if (!graph.stages.empty()) {
    draw_stages(graph, DrawingFormat::svg);
    draw_stages(graph, DrawingFormat::text);
    to_json(outline(parsed.dockerfile, graph, options), parsed.dockerfile.source);
    to_text(list_targets(graph));
  }
  if (!parsed.ok()) return 0;

  const std::string formatted = format(parsed);
  const ParseResult again = parse(Source("Dockerfile", formatted));
  require(again.ok() && meaning_of(again.dockerfile) == meaning_of(parsed.dockerfile));
  // A fix may leave other things to be wrong, but not break the file.
  for (const Diagnostic& diagnostic : linted.diagnostics)
    for (const Fix& fix : diagnostic.fixes)
      require(parse(Source("Dockerfile", apply_edits(text, fix.edits))).ok());
  return 0;
}
