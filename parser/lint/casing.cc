// StageNameCasing, FromAsCasing, ConsistentInstructionCasing.
#include "parser/characters.h"
#include "parser/lint/checks.h"
#include "parser/lint/context.h"

namespace mbuild::parser {

namespace {

bool is_lower(std::string_view text) {
  return to_lower(text) == text;
}
bool is_upper(std::string_view text) {
  return to_upper(text) == text;
}

void check_stage_name(LintContext& context, const Word& name) {
  if (is_lower(name.text)) return;
  std::string lower = to_lower(name.text);
  context.report("StageNameCasing", "stage name " + quote(name.text) + " should be lower case", name.range,
                 {replace("Rename to " + quote(lower), name.range, lower)});
}

// FROM itself is the other rule's matter, so one of mixed case says nothing about AS.
void check_as(LintContext& context, const Stage& stage) {
  Range range = stage.from_instruction().as_range;
  std::string_view from = context.text(stage.from->keyword_range);
  std::string_view as = context.text(range);
  bool matches = is_lower(from) ? is_lower(as) : !is_upper(from) || is_upper(as);
  if (matches) return;
  std::string wanted = is_lower(from) ? "as" : "AS";
  context.report("FromAsCasing",
                 "`" + std::string(as) + "` should be written like its `" + std::string(from) + "`", range,
                 {replace("Write " + wanted, range, wanted)});
}

void check_keyword(LintContext& context, const Instruction& instruction, bool lower) {
  std::string_view written = context.text(instruction.keyword_range);
  if (lower ? is_lower(written) : is_upper(written)) return;
  std::string wanted = lower ? to_lower(written) : to_upper(written);
  context.report("ConsistentInstructionCasing",
                 "`" + std::string(written) + "` should be " + (lower ? "lower" : "upper") +
                     " case like most instructions of this file",
                 instruction.keyword_range, {replace("Write " + wanted, instruction.keyword_range, wanted)});
}

}  // namespace

void check_casing(LintContext& context) {
  std::size_t lower = 0;
  std::size_t upper = 0;
  auto count = [&](const Instruction& instruction) {
    std::string_view written = context.text(instruction.keyword_range);
    lower += is_lower(written) ? 1 : 0;
    upper += is_upper(written) ? 1 : 0;
  };
  for (const Stage& stage : context.graph.stages) {
    count(*stage.from);
    for (const Instruction* instruction : stage.instructions) count(*instruction);
  }
  for (const Stage& stage : context.graph.stages) {
    check_keyword(context, *stage.from, lower > upper);
    if (stage.from_instruction().stage_name) {
      check_as(context, stage);
      check_stage_name(context, *stage.from_instruction().stage_name);
    }
    for (const Instruction* instruction : stage.instructions)
      check_keyword(context, *instruction, lower > upper);
  }
}

}  // namespace mbuild::parser
