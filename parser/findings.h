// What is wrong with files, written for people and for the tools that read it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parser/diagnostic.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

// One file and all that was found in it.
struct Findings {
  Source source;                        // its name is the path that the formats print
  std::vector<Diagnostic> diagnostics;  // by position
  std::string failure;                  // LintResult::failure

  bool has_errors() const;    // a diagnostic is one, or `# check=error=true` makes one
  bool has_warnings() const;  // hints do not count
};

enum class FindingsFormat { text, json, sarif, github };

// "text", "json", "sarif" or "github".
std::optional<FindingsFormat> parse_findings_format(std::string_view name);

// Each ends in a line break, and "nothing found" is said too.
//
// text    file:line:column: severity: code: message, the lines marked, and what would settle it; a summary.
// json    {"version": 1, "files": [{"file", "diagnostics": [...], "failure"}]}; diagnostics as in ast_json.h,
//         "failure" only where there is one. As stable as the tree's JSON.
// sarif   SARIF 2.1.0 with the fixes and the rules that were broken. Columns are in UTF-16 code units.
// github  the commands of GitHub Actions that annotate a change, ::warning file=...,line=...::message, and
//         the summary, which goes to the log.
std::string to_string(std::span<const Findings> files, FindingsFormat format);

// The text of one file, without the summary.
std::string findings_text(const Findings& findings);
// "Checked 2 files: 1 error, 0 warnings, 3 hints.", with a line break.
std::string findings_summary(std::span<const Findings> files);

std::string findings_json(std::span<const Findings> files);
std::string findings_sarif(std::span<const Findings> files);
std::string findings_github(std::span<const Findings> files);

}  // namespace mbuild::parser

#pragma GCC visibility pop
