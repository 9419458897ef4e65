#include "parser/instruction_reader.h"

#include "parser/keywords.h"
#include "parser/suggest.h"

namespace mbuild::parser {

namespace {

std::vector<Flag> read_flags(const InstructionInput& input) {
  std::vector<Flag> flags;
  flags.reserve(input.shape.flags.size());
  for (Span span : input.shape.flags) {
    grammar::Flag read = grammar::flag(input.line.text(), span);
    Flag& flag = flags.emplace_back();
    flag.name = std::move(read.name);
    if (read.has_value) flag.value = std::move(read.value);
    flag.range = input.line.to_source(span);
    flag.value_range = read.value_span.empty() ? Range{flag.range.end, flag.range.end}
                                               : input.line.to_source(read.value_span);
  }
  return flags;
}

}  // namespace

bool read_instruction(InstructionInput& input, Instruction& instruction) {
  input.flags = read_flags(input);
  const bool correct = !input.rule.checks_flags || check_flags(input);
  if (!input.rule.read(input, instruction.body) || !correct) return false;
  instruction.keyword = input.rule.keyword;
  instruction.keyword_range = input.keyword_range();
  instruction.range = input.whole;
  instruction.flags = std::move(input.flags);
  instruction.original = input.line.text().substr(input.shape.keyword.begin);
  instruction.blank_line = input.line.blank_line();
  return true;
}

const InstructionRule* report_unknown_instruction(const LogicalLine& line, Span keyword,
                                                  std::vector<Diagnostic>& diagnostics) {
  if (keyword.empty()) {
    diagnostics.push_back({Severity::error,
                           "empty-instruction",
                           "a line continuation with no instruction: remove it",
                           line.range(),
                           {},
                           {}});
    return nullptr;
  }
  const Range range = line.to_source(keyword);
  Diagnostic diagnostic{Severity::error,
                        "unknown-instruction",
                        "unknown instruction: " + std::string(line.text(keyword)),
                        range,
                        {},
                        {}};
  const std::string_view meant = closest(line.text(keyword), instruction_keywords);
  if (!meant.empty()) {
    diagnostic.message += " (did you mean " + std::string(meant) + "?)";
    diagnostic.fixes.push_back({"Change to " + std::string(meant), {{range, std::string(meant)}}});
  }
  diagnostics.push_back(std::move(diagnostic));
  return find_rule(meant);
}

}  // namespace mbuild::parser
