#include "parser/ast_json.h"

#include "parser/ast_json_body.h"
#include "parser/diagnostic_json.h"

namespace mbuild::parser {

namespace {

constexpr JsonWriter::Layout line = JsonWriter::Layout::line;

void write_directive(JsonWriter& writer, const Directive& directive) {
  writer.begin_object(line);
  write(writer, "name", directive.name);
  write(writer, "value", directive.value);
  write(writer, "range", directive.range);
  write(writer, "value_range", directive.value_range);
  writer.end();
}

void write_comments(JsonWriter& writer, const std::vector<Comment>& comments) {
  writer.key("comments");
  writer.begin_array();
  for (const Comment& comment : comments) {
    writer.begin_object(line);
    write(writer, "text", comment.text);
    write(writer, "range", comment.range);
    writer.end();
  }
  writer.end();
}

void write_flags(JsonWriter& writer, const std::vector<Flag>& flags) {
  writer.key("flags");
  writer.begin_array();
  for (const Flag& flag : flags) {
    writer.begin_object(line);
    write(writer, "name", flag.name);
    if (flag.value) write(writer, "value", *flag.value);
    write(writer, "range", flag.range);
    write(writer, "value_range", flag.value_range);
    writer.end();
  }
  writer.end();
}

// `inner` is the instruction of an ONBUILD, which cannot have another.
void write_instruction(JsonWriter& writer, const Source& source, const Instruction& instruction) {
  writer.begin_object();
  write(writer, "keyword", instruction.keyword);
  write_lines(writer, source, instruction.range);
  write(writer, "range", instruction.range);
  write(writer, "keyword_range", instruction.keyword_range);
  write_flags(writer, instruction.flags);
  write_comments(writer, instruction.comments);
  write(writer, "original", instruction.original);
  if (!instruction.blank_line.empty()) write(writer, "blank_line", instruction.blank_line);
  if (const auto* onbuild = std::get_if<OnbuildInstruction>(&instruction.body)) {
    write(writer, "trigger", onbuild->trigger);
    writer.key("inner");
    write_instruction(writer, source, *onbuild->inner);
  } else {
    write_body(writer, instruction.body);
  }
  writer.end();
}

}  // namespace

std::string to_json(const ParseResult& result) {
  const Dockerfile& dockerfile = result.dockerfile;
  JsonWriter writer;
  writer.begin_object();
  writer.key("version");
  writer.number(1);
  write(writer, "file", dockerfile.source.name());
  write(writer, "escape", std::string_view(&dockerfile.escape, 1));
  writer.key("directives");
  writer.begin_array();
  for (const Directive& directive : dockerfile.directives) write_directive(writer, directive);
  writer.end();
  write_comments(writer, dockerfile.comments);
  writer.key("instructions");
  writer.begin_array();
  for (const Instruction& instruction : dockerfile.instructions)
    write_instruction(writer, dockerfile.source, instruction);
  writer.end();
  writer.key("diagnostics");
  writer.begin_array();
  for (const Diagnostic& diagnostic : result.diagnostics)
    write_diagnostic(writer, dockerfile.source, diagnostic);
  writer.end();
  writer.end();
  return writer.text() + "\n";
}

}  // namespace mbuild::parser
