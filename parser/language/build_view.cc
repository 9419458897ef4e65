#include "parser/language/build_view.h"

#include <algorithm>
#include <map>
#include <set>

#include "parser/characters.h"
#include "parser/language/size_text.h"

namespace mbuild::parser::language {

namespace {

bool makes_step(const Instruction& instruction) {
  return instruction.keyword == "FROM" || instruction.keyword == "RUN" || instruction.keyword == "COPY" ||
         instruction.keyword == "ADD" || instruction.keyword == "WORKDIR";
}

std::string outcome_text(const BuiltStep& step) {
  switch (step.outcome) {
    case BuiltStep::Outcome::executed:
      return step.reason.empty() ? "Ran in the last build." : "Ran in the last build: " + step.reason + ".";
    case BuiltStep::Outcome::cached:
      return "From the cache in the last build.";
    case BuiltStep::Outcome::same_result:
      return "Ran in the last build (" + (step.reason.empty() ? "not cached" : step.reason) +
             ") and gave what an earlier run gave.";
    case BuiltStep::Outcome::failed:
      return "Failed in the last build: " + step.reason;
    case BuiltStep::Outcome::cancelled:
      return "Cancelled in the last build.";
  }
  return "";
}

std::string hint_label(const BuiltStep& step) {
  std::string label;
  switch (step.outcome) {
    case BuiltStep::Outcome::cached:
      label = "cached";
      break;
    case BuiltStep::Outcome::failed:
      label = "failed after " + duration_text(step.milliseconds);
      break;
    case BuiltStep::Outcome::cancelled:
      label = "cancelled";
      break;
    default:
      label = duration_text(step.milliseconds);
  }
  if (step.size_bytes > 0) label += ", " + size_text(step.size_bytes);
  return label;
}

struct StageChange {
  const Instruction* first = nullptr;  // that is not as it was built
  std::size_t steps = 0;               // from it to the stage's end
  std::int64_t milliseconds = 0;       // that the ones still known took
};

// Where a stage's steps stop being those of the last build.
StageChange find_change(const Stage& stage, const std::map<const Instruction*, const BuiltStep*>& built) {
  StageChange change;
  const bool was_built = std::ranges::any_of(
      stage.instructions, [&](const Instruction* instruction) { return built.contains(instruction); });
  if (!was_built) return change;
  for (const Instruction* instruction : stage.instructions) {
    if (!makes_step(*instruction)) continue;
    const auto found = built.find(instruction);
    if (!change.first && found == built.end()) change.first = instruction;
    if (!change.first) continue;
    ++change.steps;
    if (found != built.end()) change.milliseconds += found->second->milliseconds;
  }
  return change;
}

}  // namespace

std::vector<StepView> match_steps(const Analysis& analysis, const LastBuild& build) {
  std::map<std::string_view, std::vector<const BuiltStep*>> by_text;
  for (const BuiltStep& step : build) by_text[step.text].push_back(&step);
  std::map<std::string_view, std::size_t> used;
  std::vector<StepView> views;
  for (const Instruction& instruction : analysis.file().instructions) {
    if (!makes_step(instruction)) continue;
    const std::string_view text = trim(analysis.text(instruction.range));
    StepView view{&instruction, nullptr};
    if (const auto found = by_text.find(text); found != by_text.end()) {
      std::size_t& next = used[text];
      // Several instructions of one text: each its own, in order.
      if (next < found->second.size()) view.step = found->second[next++];
    }
    views.push_back(view);
  }
  return views;
}

std::vector<InlayHint> inlay_hints(const Analysis& analysis, const LastBuild& build, Range range) {
  std::vector<InlayHint> hints;
  const Source& source = analysis.source();
  for (const StepView& view : match_steps(analysis, build)) {
    if (!view.step || view.instruction->keyword == "FROM") continue;
    const std::uint32_t end = source.line_range(source.line_of(view.instruction->range.begin)).end;
    if (end < range.begin || end > range.end) continue;
    hints.push_back({end, hint_label(*view.step), outcome_text(*view.step)});
  }
  return hints;
}

std::vector<CodeLens> code_lenses(const Analysis& analysis, const LastBuild& build) {
  std::vector<CodeLens> lenses;
  std::map<const Instruction*, const BuiltStep*> built;
  for (const StepView& view : match_steps(analysis, build))
    if (view.step) built[view.instruction] = view.step;
  for (const Stage& stage : analysis.graph().stages) {
    const std::string target = stage.name.empty() ? std::to_string(stage.index) : stage.name;
    const Range from = stage.from->keyword_range;
    lenses.push_back({CodeLens::Kind::build_stage, from, "Build " + stage.display_name(), target});
    lenses.push_back({CodeLens::Kind::shell_in_stage, from, "Shell in " + stage.display_name(), target});
    const StageChange change = find_change(stage, built);
    if (!change.first) continue;
    std::string title =
        "Rebuilds from here: " + std::to_string(change.steps) + (change.steps == 1 ? " step" : " steps");
    if (change.milliseconds > 0) title += ", " + duration_text(change.milliseconds) + " last time";
    lenses.push_back({CodeLens::Kind::rebuilds_from_here, change.first->keyword_range, title, target});
  }
  return lenses;
}

}  // namespace mbuild::parser::language
