// Running the checks on a text, and putting what they found into words that a test can compare.
#pragma once

#include <string>
#include <vector>

#include "parser/lint.h"

namespace mbuild::parser {

// "Rule@what the range covers" of each diagnostic of one run of the checks, in order. Parse errors fail the
// test.
struct Linted {
  std::vector<std::string> found;
  std::vector<std::string> messages;
  std::string failure;
  // The text after the first fix of every diagnostic that has one; parsed again without errors.
  std::string fixed;
};

Linted lint_text(const std::string& text, const LintOptions& options = {}, const std::string& target = "");

// The found of the rules named alone.
std::vector<std::string> found(const std::string& text, std::vector<std::string> rules,
                               const LintOptions& options = {});

// An environment for all base images.
LintOptions with_base_environment(Variables variables = {});

}  // namespace mbuild::parser
