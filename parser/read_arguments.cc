// What several readers share: problems, commands in exec and shell form.
#include "parser/instruction_reader.h"

namespace mbuild::parser {

void InstructionInput::error(std::string code, std::string message, Range range) {
  diagnostics.push_back({Severity::error, std::move(code), std::move(message), range, {}, {}});
}

void InstructionInput::warn(std::string code, std::string message, Range range) {
  diagnostics.push_back({Severity::warning, std::move(code), std::move(message), range, {}, {}});
}

bool missing_arguments(InstructionInput& input, std::string_view message) {
  Range range = input.keyword_range();
  if (!input.shape.arguments.empty()) range.end = input.arguments_range().end;
  input.error("missing-arguments", std::string(input.rule.keyword) + " " + std::string(message), range);
  return false;
}

bool read_json_array(InstructionInput& input, Span span, grammar::JsonArray& array) {
  array = grammar::json_array(input.line.text(), span);
  if (array.kind != grammar::JsonArray::Kind::mixed) return true;
  input.error(
      "invalid-json-array",
      "when using JSON array syntax, arrays must be comprised of strings only: put the others in quotes",
      input.line.to_source(span));
  return false;
}

bool read_command(InstructionInput& input, Span span, Command& command) {
  command.range = input.line.to_source(span);
  if (span.empty()) return true;
  grammar::JsonArray array;
  if (!read_json_array(input, span, array)) return false;
  command.exec_form = array.kind == grammar::JsonArray::Kind::strings;
  if (command.exec_form) {
    for (grammar::JsonString& string : array.strings) command.words.push_back(std::move(string.value));
  } else {
    command.words.emplace_back(input.line.text(span));
  }
  return true;
}

}  // namespace mbuild::parser
