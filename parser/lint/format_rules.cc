// NoEmptyContinuation, LegacyKeyValueFormat, MaintainerDeprecated.
#include "parser/lint/checks.h"
#include "parser/lint/context.h"

namespace mbuild::parser {

namespace {

void check_blank_line(LintContext& context, const Instruction& instruction) {
  Range blank = instruction.blank_line;
  if (blank == Range{}) return;
  unsigned line = context.file.source.line_of(blank.begin);
  if (line >= context.file.source.line_count()) return;
  Range whole{context.file.source.line_range(line).begin, context.file.source.line_range(line + 1).begin};
  context.report("NoEmptyContinuation", "empty line inside an instruction", blank,
                 {replace("Remove the line", whole, "")});
}

// In quotes the value may hold blanks, but then other quotes and escapes would mean something else than they
// do now.
std::optional<std::string> quoted_value(std::string_view value, char escape) {
  if (value.find_first_of("'\"\n") != std::string_view::npos || value.find(escape) != std::string_view::npos)
    return std::nullopt;
  bool plain = value.find_first_of(" \t\v\f\r") == std::string_view::npos;
  return plain ? std::string(value) : quote(value);
}

void check_pairs(LintContext& context, const Instruction& instruction, const std::vector<KeyValue>& pairs) {
  const Word& key = pairs.front().key;
  const Word& value = *pairs.front().value;
  std::vector<Fix> fixes;
  bool one_line = value.range.size() == value.text.size() &&
                  quoted_value(key.text, context.file.escape) == key.text;  // no quotes in the name
  if (auto text = quoted_value(value.text, context.file.escape); text && one_line)
    fixes = {replace("Write with `=`", {key.range.end, value.range.end}, "=" + *text)};
  context.report("LegacyKeyValueFormat",
                 "write " + instruction.keyword + " " + key.text + "=... instead of " + instruction.keyword +
                     " " + key.text + " ...",
                 {key.range.begin, value.range.end}, std::move(fixes));
}

void check_maintainer(LintContext& context, const Instruction& instruction, const Word& name) {
  std::vector<Fix> fixes;
  if (auto text = quoted_value(name.text, context.file.escape))
    fixes = {replace("Write a label", {instruction.keyword_range.begin, name.range.end},
                     "LABEL org.opencontainers.image.authors=" + *text)};
  context.report("MaintainerDeprecated",
                 "MAINTAINER is deprecated: write LABEL org.opencontainers.image.authors=\"...\"",
                 instruction.keyword_range, std::move(fixes));
}

}  // namespace

void check_format(LintContext& context) {
  for (const Instruction& instruction : context.file.instructions) {
    check_blank_line(context, instruction);
    if (const auto* env = std::get_if<EnvInstruction>(&instruction.body); env && env->legacy_form)
      check_pairs(context, instruction, env->variables);
    if (const auto* label = std::get_if<LabelInstruction>(&instruction.body); label && label->legacy_form)
      check_pairs(context, instruction, label->labels);
    if (const auto* maintainer = std::get_if<MaintainerInstruction>(&instruction.body))
      check_maintainer(context, instruction, maintainer->name);
  }
}

}  // namespace mbuild::parser
