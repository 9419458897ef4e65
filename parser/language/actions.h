// Changes that an editor offers: fixes, formatting of parts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "parser/format.h"
#include "parser/language/analysis.h"

namespace mbuild::parser::language {

struct Action {
  std::string title;
  std::vector<TextEdit> edits;
  const Diagnostic* settles = nullptr;  // of the list that was given; null for a refactoring
  bool preferred = false;               // the first fix of its diagnostic
};

// The fixes of the diagnostics that touch the range, and what else can be done to the instruction there:
// a command in shell form as a JSON array and back, one `ENV name=value` for the old form, and a comment that
// skips the rule.
std::vector<Action> code_actions(const Analysis& analysis, const std::vector<Diagnostic>& diagnostics,
                                 Range range);

// Every first fix that overlaps none before it, for "fix all".
std::vector<TextEdit> fix_all(const std::vector<Diagnostic>& diagnostics);

// What format_edits() would change on the lines of `range`.
std::vector<TextEdit> format_range(const Analysis& analysis, Range range, const FormatOptions& options);

// After the escape character was typed at the end of a line: formatting of the line below, which it goes on
// with.
std::vector<TextEdit> format_on_escape(const Analysis& analysis, std::uint32_t offset,
                                       const FormatOptions& options);

// After a line break was typed at `offset`: the indentation of a line that continues an instruction.
std::vector<TextEdit> format_on_line_break(const Analysis& analysis, std::uint32_t offset,
                                           const FormatOptions& options);

}  // namespace mbuild::parser::language
