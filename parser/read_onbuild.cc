// ONBUILD (SEMANTICS A10; moby: instructions/parse.go, parseOnBuild).
#include "parser/instruction_reader.h"

namespace mbuild::parser {

namespace {

// What the image's config keeps: the line after ONBUILD, and the heredocs' bodies.
std::string trigger_text(const InstructionInput& input) {
  std::string trigger(input.line.text().substr(input.shape.arguments.begin));
  for (const Heredoc& heredoc : input.heredocs) trigger += "\n" + heredoc.body + heredoc.name;
  return trigger;
}

bool is_allowed(InstructionInput& input, const InstructionRule& inner, Range keyword) {
  if (inner.keyword == "ONBUILD") {
    input.error("onbuild-chained", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", keyword);
    return false;
  }
  if (inner.keyword == "FROM" || inner.keyword == "MAINTAINER") {
    input.error("onbuild-not-allowed", std::string(inner.keyword) + " isn't allowed as an ONBUILD trigger",
                keyword);
    return false;
  }
  return true;
}

}  // namespace

bool read_onbuild(InstructionInput& input, InstructionBody& body) {
  if (input.shape.arguments.empty()) return missing_arguments(input, "requires at least one argument");
  const grammar::Instruction shape = grammar::instruction(input.line.text(), input.shape.arguments);
  const InstructionRule* rule = find_rule(input.line.text(shape.keyword));
  if (rule == nullptr) {
    report_unknown_instruction(input.line, shape.keyword, input.diagnostics);
    return false;
  }
  const Range keyword = input.line.to_source(shape.keyword);
  if (!is_allowed(input, *rule, keyword)) return false;

  auto& onbuild = body.emplace<OnbuildInstruction>();
  onbuild.trigger = trigger_text(input);
  // A trigger is read with `\` as escape character wherever it fires, so it is here.
  InstructionInput inner{input.line,
                         *rule,
                         shape,
                         {keyword.begin, input.whole.end},
                         '\\',
                         input.diagnostics,
                         std::move(input.heredocs),
                         std::move(input.heredoc_spans)};
  auto instruction = std::make_shared<Instruction>();
  if (!read_instruction(inner, *instruction)) return false;
  onbuild.inner = std::move(instruction);
  return true;
}

}  // namespace mbuild::parser
