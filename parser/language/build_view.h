// What the last build says of the text as it is now: inlay hints and code lenses.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "parser/language/analysis.h"

namespace mbuild::parser::language {

// Each instruction of the file with its step of the last build. Steps are found again by their text and
// order, so that lines above may have come or gone.
struct StepView {
  const Instruction* instruction = nullptr;
  const BuiltStep* step = nullptr;  // of the LastBuild given; null when the instruction was not built
};
std::vector<StepView> match_steps(const Analysis& analysis, const LastBuild& build);

struct InlayHint {
  std::uint32_t offset = 0;  // the end of the instruction's first line
  std::string label;         // "3.4 s, 12.0 MB"
  std::string tooltip;       // hit or miss, and why
};
std::vector<InlayHint> inlay_hints(const Analysis& analysis, const LastBuild& build, Range range);

struct CodeLens {
  enum class Kind { build_stage, shell_in_stage, rebuilds_from_here };
  Kind kind = Kind::build_stage;
  Range range;        // FROM, or the instruction that changed
  std::string title;  // "Build stage build"
  std::string stage;  // to be given as target
};
// "Build" and "Shell" at each FROM; "Rebuilds from here" at the first instruction of a stage that differs
// from what was built, with the number of steps after it and their time.
std::vector<CodeLens> code_lenses(const Analysis& analysis, const LastBuild& build);

}  // namespace mbuild::parser::language
