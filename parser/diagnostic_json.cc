#include "parser/diagnostic_json.h"

namespace mbuild::parser {

namespace {

constexpr JsonWriter::Layout line = JsonWriter::Layout::line;

void write_fix(JsonWriter& writer, const Fix& fix) {
  writer.begin_object(line);
  write(writer, "title", fix.title);
  writer.key("edits");
  writer.begin_array();
  for (const TextEdit& edit : fix.edits) {
    writer.begin_object();
    write(writer, "range", edit.range);
    write(writer, "text", edit.text);
    writer.end();
  }
  writer.end();
  writer.end();
}

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::hint:
      break;
  }
  return "hint";
}

void write(JsonWriter& writer, std::string_view key, std::string_view value) {
  writer.key(key);
  writer.string(value);
}

void write(JsonWriter& writer, std::string_view key, Range range) {
  writer.key(key);
  writer.begin_array(JsonWriter::Layout::line);
  writer.number(range.begin);
  writer.number(range.end);
  writer.end();
}

void write_lines(JsonWriter& writer, const Source& source, Range range) {
  writer.key("lines");
  writer.begin_array(line);
  writer.number(source.line_of(range.begin));
  writer.number(source.line_of(range.empty() ? range.end : range.end - 1));
  writer.end();
}

void write_diagnostic(JsonWriter& writer, const Source& source, const Diagnostic& diagnostic) {
  writer.begin_object();
  write(writer, "severity", to_string(diagnostic.severity));
  write(writer, "code", diagnostic.code);
  write(writer, "message", diagnostic.message);
  write_lines(writer, source, diagnostic.range);
  write(writer, "range", diagnostic.range);
  writer.key("related");
  writer.begin_array();
  for (const Related& related : diagnostic.related) {
    writer.begin_object(line);
    write(writer, "message", related.message);
    write(writer, "range", related.range);
    writer.end();
  }
  writer.end();
  writer.key("fixes");
  writer.begin_array();
  for (const Fix& fix : diagnostic.fixes) write_fix(writer, fix);
  writer.end();
  writer.end();
}

}  // namespace mbuild::parser
