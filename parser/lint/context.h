// LintContext: what a check looks at and reports to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parser/lint.h"
#include "parser/lint/shell_script.h"

namespace mbuild::parser {

// A RUN and the commands its shell is given.
struct RunScript {
  const Instruction* instruction;
  const RunInstruction* run;
  ShellScript script;  // empty in exec form
};

class LintContext {
 public:
  LintContext(const Dockerfile& dockerfile, const StageGraph& stages, const LintOptions& lint_options);

  const Dockerfile& file;
  const StageGraph& graph;
  const LintOptions& options;

  // Adds a diagnostic of a rule. Whether it is skipped is decided later.
  void report(std::string_view rule, std::string message, Range range, std::vector<Fix> fixes = {},
              std::vector<Related> related = {});
  // Adds an error that is no matter of rules, and cannot be skipped: no build would get past it.
  void report_error(std::string code, std::string message, Range range);
  std::vector<Diagnostic>& diagnostics() { return diagnostics_; }

  WalkInput walk_input() const { return {file, graph, options.build_args, options.base_environment}; }
  std::string_view text(Range range) const { return file.source.text(range); }

  // The RUNs of a stage, in order.
  const std::vector<RunScript>& runs(const Stage& stage) const { return runs_[stage.index]; }

  // Whether the layers of the stage are part of what the target becomes, rather than only copied from.
  bool is_shipped(const Stage& stage) const { return shipped_[stage.index]; }

  // From the instruction's first line to the begin of the line after its last: what to delete.
  Range whole_lines(const Instruction& instruction) const;

 private:
  std::vector<std::vector<RunScript>> runs_;
  std::vector<bool> shipped_;
  std::vector<Diagnostic> diagnostics_;
};

// A fix of one edit.
Fix replace(std::string title, Range range, std::string text);
Fix insert(std::string title, std::uint32_t offset, std::string text);

// Writes `meant` wherever the range uses variable `name`. None when that is nowhere to be seen, or nothing is
// meant.
std::vector<Fix> rename_variable(const Source& source, Range range, std::string_view name,
                                 std::string_view meant);

// Go's %q for what messages quote.
std::string quote(std::string_view text);

}  // namespace mbuild::parser
