// Instructions of plain values: EXPOSE, MAINTAINER, STOPSIGNAL, USER, VOLUME, WORKDIR.
#include "parser/characters.h"
#include "parser/instruction_reader.h"

namespace mbuild::parser {

namespace {

// The whole rest of the line as one value.
bool read_one(InstructionInput& input, Word& value) {
  if (input.shape.arguments.empty()) return missing_arguments(input, "requires exactly one argument");
  value = input.word(input.shape.arguments);
  return true;
}

}  // namespace

bool read_expose(InstructionInput& input, InstructionBody& body) {
  std::vector<Word>& ports = body.emplace<ExposeInstruction>().ports;
  for (Span word : grammar::words(input.line.text(), input.shape.arguments))
    ports.push_back(input.word(word));
  return !ports.empty() || missing_arguments(input, "requires at least one argument");
}

bool read_volume(InstructionInput& input, InstructionBody& body) {
  auto& volume = body.emplace<VolumeInstruction>();
  grammar::JsonArray array;
  if (!read_json_array(input, input.shape.arguments, array)) return false;
  volume.json_form = array.kind == grammar::JsonArray::Kind::strings;
  for (const grammar::JsonString& string : array.strings)
    volume.paths.push_back({std::string(trim(string.value)), input.line.to_source(string.span)});
  if (!volume.json_form) {
    for (Span word : grammar::words(input.line.text(), input.shape.arguments))
      volume.paths.push_back(input.word(word));
  }
  if (volume.paths.empty()) return missing_arguments(input, "requires at least one argument");
  for (const Word& path : volume.paths) {
    if (!path.text.empty()) continue;
    input.error("empty-volume", "VOLUME specified can not be an empty string", path.range);
    return false;
  }
  return true;
}

bool read_maintainer(InstructionInput& input, InstructionBody& body) {
  return read_one(input, body.emplace<MaintainerInstruction>().name);
}
bool read_stopsignal(InstructionInput& input, InstructionBody& body) {
  return read_one(input, body.emplace<StopSignalInstruction>().signal);
}
bool read_user(InstructionInput& input, InstructionBody& body) {
  return read_one(input, body.emplace<UserInstruction>().user);
}
bool read_workdir(InstructionInput& input, InstructionBody& body) {
  return read_one(input, body.emplace<WorkdirInstruction>().path);
}

}  // namespace mbuild::parser
