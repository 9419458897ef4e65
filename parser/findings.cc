#include "parser/findings.h"

#include <algorithm>

#include "parser/diagnostic_json.h"
#include "parser/excerpt.h"
#include "parser/lint.h"

namespace mbuild::parser {

namespace {

std::size_t count(std::span<const Findings> files, Severity severity) {
  std::size_t result = 0;
  for (const Findings& file : files)
    result += static_cast<std::size_t>(
        std::count_if(file.diagnostics.begin(), file.diagnostics.end(),
                      [&](const Diagnostic& diagnostic) { return diagnostic.severity == severity; }));
  return result;
}

std::string plural(std::size_t number, std::string_view word) {
  return std::to_string(number) + " " + std::string(word) + (number == 1 ? "" : "s");
}

std::string place(const Source& source, Range range) {
  Position position = source.position(range.begin);
  return source.name() + ":" + std::to_string(position.line + 1) + ":" + std::to_string(position.column + 1);
}

std::string diagnostic_text(const Source& source, const Diagnostic& diagnostic) {
  std::string result = place(source, diagnostic.range) + ": ";
  result += to_string(diagnostic.severity);
  result += ": " + diagnostic.code + ": " + diagnostic.message + "\n";
  result += mark_lines(source, diagnostic.range);
  for (const Related& related : diagnostic.related)
    result += "  note: " + place(source, related.range) + ": " + related.message + "\n";
  for (const Fix& fix : diagnostic.fixes) result += "  fix: " + fix.title + "\n";
  if (const LintRule* rule = find_lint_rule(diagnostic.code); rule && !rule->url.empty())
    result += "  see " + std::string(rule->url) + "\n";
  return result;
}

}  // namespace

bool Findings::has_errors() const {
  return !failure.empty() ||
         std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::error; });
}

bool Findings::has_warnings() const {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::warning; });
}

std::optional<FindingsFormat> parse_findings_format(std::string_view name) {
  if (name == "text") return FindingsFormat::text;
  if (name == "json") return FindingsFormat::json;
  if (name == "sarif") return FindingsFormat::sarif;
  if (name == "github") return FindingsFormat::github;
  return std::nullopt;
}

std::string findings_text(const Findings& findings) {
  std::string result;
  for (const Diagnostic& diagnostic : findings.diagnostics) {
    result += diagnostic_text(findings.source, diagnostic);
    result += "\n";
  }
  if (!findings.failure.empty()) result += findings.source.name() + ": error: " + findings.failure + "\n\n";
  return result;
}

std::string findings_summary(std::span<const Findings> files) {
  std::string result = "Checked " + plural(files.size(), "file") + ": ";
  std::size_t errors = count(files, Severity::error);
  std::size_t warnings = count(files, Severity::warning);
  std::size_t hints = count(files, Severity::hint);
  if (errors + warnings + hints == 0) return result + "nothing found.\n";
  result += plural(errors, "error") + ", " + plural(warnings, "warning") + ", " + plural(hints, "hint");
  return result + ".\n";
}

std::string findings_json(std::span<const Findings> files) {
  JsonWriter writer;
  writer.begin_object();
  writer.key("version");
  writer.number(1);
  writer.key("files");
  writer.begin_array();
  for (const Findings& file : files) {
    writer.begin_object();
    write(writer, "file", file.source.name());
    writer.key("diagnostics");
    writer.begin_array();
    for (const Diagnostic& diagnostic : file.diagnostics) write_diagnostic(writer, file.source, diagnostic);
    writer.end();
    if (!file.failure.empty()) write(writer, "failure", file.failure);
    writer.end();
  }
  writer.end();
  writer.end();
  return writer.text() + "\n";
}

std::string to_string(std::span<const Findings> files, FindingsFormat format) {
  switch (format) {
    case FindingsFormat::json:
      return findings_json(files);
    case FindingsFormat::sarif:
      return findings_sarif(files);
    case FindingsFormat::github:
      return findings_github(files);
    case FindingsFormat::text:
      break;
  }
  std::string result;
  for (const Findings& file : files) result += findings_text(file);
  return result + findings_summary(files);
}

}  // namespace mbuild::parser
