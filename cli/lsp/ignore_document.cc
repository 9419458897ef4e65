#include "cli/lsp/ignore_document.h"

#include "parser/ignore_file.h"

namespace mbuild::cli::lsp {

std::vector<parser::Diagnostic> ignore_diagnostics(const parser::Source& source) {
  const auto patterns = parser::read_ignore_file(source.text());
  if (patterns) return {};
  const parser::PatternError& error = patterns.error();
  const unsigned line = error.line == 0 || error.line > source.line_count() ? 1 : error.line;
  return {{parser::Severity::error,
           "invalid-pattern",
           error.pattern + ": " + error.message,
           source.line_range(line),
           {},
           {}}};
}

}  // namespace mbuild::cli::lsp
