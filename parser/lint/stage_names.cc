// DuplicateStageName, ReservedStageName.
#include <unordered_map>

#include "parser/lint/checks.h"
#include "parser/lint/context.h"

namespace mbuild::parser {

void check_stage_names(LintContext& context) {
  std::unordered_map<std::string_view, Range> seen;
  for (const Stage& stage : context.graph.stages) {
    if (stage.name.empty()) continue;
    Range range = stage.from_instruction().stage_name->range;
    if (stage.name == "scratch" || stage.name == "context")
      context.report(
          "ReservedStageName",
          "stage name " + quote(stage.name) + " is a reserved word: references will not mean this stage",
          range);
    auto [first, added] = seen.emplace(stage.name, range);
    if (!added)
      context.report("DuplicateStageName",
                     "stage name " + quote(stage.name) + " is used twice: it means the nearest earlier stage",
                     range, {}, {{first->second, "first used here"}});
  }
}

}  // namespace mbuild::parser
