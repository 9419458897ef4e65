// LintConfig: what `# check=` and BUILDKIT_DOCKERFILE_CHECK ask for (SEMANTICS A3, A15).
#pragma once

#include <expected>
#include <set>
#include <string>
#include <string_view>

#include "parser/ast.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

struct LintConfig {
  bool skip_all = false;
  std::set<std::string, std::less<>> skip;  // rule names; letter case counts
  bool error = false;                       // a violation fails the build
  bool experimental_all = false;
  std::set<std::string, std::less<>> experimental;  // experimental rules to run

  bool skips(std::string_view rule) const { return skip_all || skip.contains(rule); }
};

// Reads `skip=A,B;error=true;experimental=all`. The error says what is wrong with it.
std::expected<LintConfig, std::string> parse_lint_config(std::string_view value);

// The rules that comments directly above an instruction skip: `# check=skip=A,B` or `skip=all`, perhaps with
// `// why` behind it. What is not understood is passed over.
LintConfig skipped_by_comments(const Instruction& instruction);

}  // namespace mbuild::parser

#pragma GCC visibility pop
