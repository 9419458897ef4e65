// SARIF 2.1.0 (OASIS), the format of code scanners.
#include <algorithm>
#include <map>

#include "parser/diagnostic_json.h"
#include "parser/findings.h"
#include "parser/json_writer.h"
#include "parser/lint.h"

namespace mbuild::parser {

namespace {

constexpr JsonWriter::Layout line = JsonWriter::Layout::line;

std::string_view level(Severity severity) {
  if (severity == Severity::error) return "error";
  return severity == Severity::warning ? "warning" : "note";
}

// A path as a relative or absolute URI reference (RFC 3986): what is not safe in a path is escaped.
std::string uri(std::string_view path) {
  static constexpr std::string_view hexadecimal = "0123456789ABCDEF";
  static constexpr std::string_view safe = "-._~/!$&'()*+,;=@";
  std::string result;
  for (char c : path) {
    auto byte = static_cast<unsigned char>(c);
    bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (plain || safe.find(c) != std::string_view::npos)
      result += c;
    else
      result += {'%', hexadecimal[byte >> 4], hexadecimal[byte & 15]};
  }
  return result;
}

// The codes that occur, each with its place in the list of rules.
using RuleIndex = std::map<std::string, std::size_t, std::less<>>;

class Writer {
 public:
  explicit Writer(std::span<const Findings> files) : files_(files) {
    for (const Findings& file : files)
      for (const Diagnostic& diagnostic : file.diagnostics) rules_.emplace(diagnostic.code, 0);
    std::size_t next = 0;
    for (auto& [code, index] : rules_) index = next++;
  }

  std::string run() {
    json_.begin_object();
    write(json_, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    write(json_, "version", "2.1.0");
    json_.key("runs");
    json_.begin_array();
    json_.begin_object();
    write_tool();
    write(json_, "columnKind", "utf16CodeUnits");
    write_invocation();
    json_.key("results");
    json_.begin_array();
    for (const Findings& file : files_)
      for (const Diagnostic& diagnostic : file.diagnostics) write_result(file.source, diagnostic);
    json_.end();
    json_.end();
    json_.end();
    json_.end();
    return json_.text() + "\n";
  }

 private:
  void write_message(std::string_view key, std::string_view text) {
    json_.key(key);
    json_.begin_object(line);
    write(json_, "text", text);
    json_.end();
  }

  void write_number(std::string_view key, std::int64_t value) {
    json_.key(key);
    json_.number(value);
  }

  void write_tool();
  void write_rule(const std::string& code);
  void write_invocation();
  void write_result(const Source& source, const Diagnostic& diagnostic);
  void write_artifact(const Source& source);
  void write_region(std::string_view key, const Source& source, Range range);
  void write_physical_location(const Source& source, Range range);
  void write_related(const Source& source, const Diagnostic& diagnostic);
  void write_fixes(const Source& source, const Diagnostic& diagnostic);

  std::span<const Findings> files_;
  RuleIndex rules_;
  JsonWriter json_;
};

void Writer::write_tool() {
  json_.key("tool");
  json_.begin_object();
  json_.key("driver");
  json_.begin_object();
  write(json_, "name", "mbuild check");
  json_.key("rules");
  json_.begin_array();
  for (const auto& [code, index] : rules_) write_rule(code);
  json_.end();
  json_.end();
  json_.end();
}

void Writer::write_rule(const std::string& code) {
  const LintRule* rule = find_lint_rule(code);
  json_.begin_object();
  write(json_, "id", code);
  write_message("shortDescription", rule ? rule->description : "The Dockerfile is not valid");
  if (rule && !rule->url.empty()) write(json_, "helpUri", rule->url);
  json_.key("defaultConfiguration");
  json_.begin_object(line);
  write(json_, "level", level(rule ? rule->severity : Severity::error));
  json_.end();
  json_.end();
}

// A build would fail because of `# check=error=true`: a matter of the whole file, not of a place in it.
void Writer::write_invocation() {
  json_.key("invocations");
  json_.begin_array();
  json_.begin_object();
  json_.key("executionSuccessful");
  json_.boolean(true);
  json_.key("toolExecutionNotifications");
  json_.begin_array();
  for (const Findings& file : files_) {
    if (file.failure.empty()) continue;
    json_.begin_object();
    write(json_, "level", "error");
    write_message("message", file.source.name() + ": " + file.failure);
    json_.end();
  }
  json_.end();
  json_.end();
  json_.end();
}

void Writer::write_result(const Source& source, const Diagnostic& diagnostic) {
  json_.begin_object();
  write(json_, "ruleId", diagnostic.code);
  write_number("ruleIndex", static_cast<std::int64_t>(rules_.find(diagnostic.code)->second));
  write(json_, "level", level(diagnostic.severity));
  write_message("message", diagnostic.message);
  json_.key("locations");
  json_.begin_array();
  json_.begin_object();
  write_physical_location(source, diagnostic.range);
  json_.end();
  json_.end();
  if (!diagnostic.related.empty()) write_related(source, diagnostic);
  if (!diagnostic.fixes.empty()) write_fixes(source, diagnostic);
  json_.end();
}

void Writer::write_artifact(const Source& source) {
  json_.key("artifactLocation");
  json_.begin_object(line);
  write(json_, "uri", uri(source.name()));
  json_.end();
}

// Lines and columns count from 1, the end column lies behind the last character.
void Writer::write_region(std::string_view key, const Source& source, Range range) {
  Position begin = source.position(range.begin);
  Position end = source.position(range.end);
  json_.key(key);
  json_.begin_object(line);
  write_number("startLine", begin.line + 1);
  write_number("startColumn", begin.column + 1);
  write_number("endLine", end.line + 1);
  write_number("endColumn", end.column + 1);
  write_number("byteOffset", range.begin);
  write_number("byteLength", range.size());
  json_.end();
}

void Writer::write_physical_location(const Source& source, Range range) {
  json_.key("physicalLocation");
  json_.begin_object();
  write_artifact(source);
  write_region("region", source, range);
  json_.end();
}

void Writer::write_related(const Source& source, const Diagnostic& diagnostic) {
  json_.key("relatedLocations");
  json_.begin_array();
  for (const Related& related : diagnostic.related) {
    json_.begin_object();
    write_physical_location(source, related.range);
    write_message("message", related.message);
    json_.end();
  }
  json_.end();
}

void Writer::write_fixes(const Source& source, const Diagnostic& diagnostic) {
  json_.key("fixes");
  json_.begin_array();
  for (const Fix& fix : diagnostic.fixes) {
    json_.begin_object();
    write_message("description", fix.title);
    json_.key("artifactChanges");
    json_.begin_array();
    json_.begin_object();
    write_artifact(source);
    json_.key("replacements");
    json_.begin_array();
    for (const TextEdit& edit : fix.edits) {
      json_.begin_object();
      write_region("deletedRegion", source, edit.range);
      write_message("insertedContent", edit.text);
      json_.end();
    }
    json_.end();
    json_.end();
    json_.end();
    json_.end();
  }
  json_.end();
}

}  // namespace

std::string findings_sarif(std::span<const Findings> files) {
  return Writer(files).run();
}

}  // namespace mbuild::parser
