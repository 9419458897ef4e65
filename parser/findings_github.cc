// Annotations of GitHub Actions ("Workflow commands", docs.github.com).
#include "parser/findings.h"

namespace mbuild::parser {

namespace {

std::string escaped(std::string_view text, std::string_view special) {
  static constexpr std::string_view hexadecimal = "0123456789ABCDEF";
  std::string result;
  for (char c : text) {
    if (special.find(c) == std::string_view::npos) {
      result += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    result += {'%', hexadecimal[byte >> 4], hexadecimal[byte & 15]};
  }
  return result;
}

std::string property(std::string_view text) {
  return escaped(text, "%\r\n:,");
}
std::string message(std::string_view text) {
  return escaped(text, "%\r\n");
}

std::string_view command(Severity severity) {
  if (severity == Severity::error) return "error";
  return severity == Severity::warning ? "warning" : "notice";
}

std::string annotation(const Source& source, const Diagnostic& diagnostic) {
  Position begin = source.position(diagnostic.range.begin);
  Position end = source.position(diagnostic.range.end);
  std::string result = "::" + std::string(command(diagnostic.severity)) + " file=" + property(source.name());
  result += ",line=" + std::to_string(begin.line + 1);
  // Columns count only within one line, and the last is included.
  if (begin.line == end.line) {
    result += ",col=" + std::to_string(begin.column + 1);
    result += ",endColumn=" + std::to_string(end.column > begin.column ? end.column : begin.column + 1);
  } else {
    result += ",endLine=" + std::to_string(end.column == 0 ? end.line : end.line + 1);
  }
  result += ",title=" + property(diagnostic.code) + "::" + message(diagnostic.message) + "\n";
  return result;
}

}  // namespace

std::string findings_github(std::span<const Findings> files) {
  std::string result;
  for (const Findings& file : files) {
    for (const Diagnostic& diagnostic : file.diagnostics) result += annotation(file.source, diagnostic);
    if (!file.failure.empty())
      result += "::error file=" + property(file.source.name()) + "::" + message(file.failure) + "\n";
  }
  return result + findings_summary(files);
}

}  // namespace mbuild::parser
