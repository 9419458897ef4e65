// Instructions of plain values: EXPOSE, MAINTAINER, STOPSIGNAL, USER, VOLUME, WORKDIR.
#include "parser/characters.h"
#include "parser/instruction_reader.h"

namespace mbuild::parser {

namespace {

// The whole rest of the line as one value.
template <typename Body>
std::optional<InstructionBody> read_one(InstructionInput& input) {
  if (input.shape.arguments.empty()) return missing_arguments(input, "requires exactly one argument");
  return Body{input.word(input.shape.arguments)};
}

std::optional<std::vector<Word>> read_volumes(InstructionInput& input, bool& json_form) {
  std::vector<Word> result;
  grammar::JsonArray array = grammar::json_array(input.line.text(), input.shape.arguments);
  json_form = array.kind == grammar::JsonArray::Kind::strings;
  if (array.kind == grammar::JsonArray::Kind::mixed) {
    input.error("invalid-json-array",
                "when using JSON array syntax, arrays must be comprised of strings only",
                input.arguments_range());
    return std::nullopt;
  }
  for (const grammar::JsonString& string : array.strings)
    result.push_back({std::string(trim(string.value)), input.line.to_source(string.span)});
  if (!json_form) {
    for (Span word : grammar::words(input.line.text(), input.shape.arguments))
      result.push_back(input.word(word));
  }
  return result;
}

}  // namespace

std::optional<InstructionBody> read_expose(InstructionInput& input) {
  ExposeInstruction expose;
  for (Span word : grammar::words(input.line.text(), input.shape.arguments))
    expose.ports.push_back(input.word(word));
  if (expose.ports.empty()) return missing_arguments(input, "requires at least one argument");
  return expose;
}

std::optional<InstructionBody> read_volume(InstructionInput& input) {
  VolumeInstruction volume;
  std::optional<std::vector<Word>> paths = read_volumes(input, volume.json_form);
  if (!paths) return std::nullopt;
  if (paths->empty()) return missing_arguments(input, "requires at least one argument");
  for (const Word& path : *paths) {
    if (!path.text.empty()) continue;
    input.error("empty-volume", "VOLUME specified can not be an empty string", path.range);
    return std::nullopt;
  }
  volume.paths = std::move(*paths);
  return volume;
}

std::optional<InstructionBody> read_maintainer(InstructionInput& input) {
  return read_one<MaintainerInstruction>(input);
}
std::optional<InstructionBody> read_stopsignal(InstructionInput& input) {
  return read_one<StopSignalInstruction>(input);
}
std::optional<InstructionBody> read_user(InstructionInput& input) {
  return read_one<UserInstruction>(input);
}
std::optional<InstructionBody> read_workdir(InstructionInput& input) {
  return read_one<WorkdirInstruction>(input);
}

}  // namespace mbuild::parser
