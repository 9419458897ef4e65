// parse(): Dockerfile text in, AST and everything wrong with it out.
#pragma once

#include <string>
#include <vector>

#include "parser/ast.h"
#include "parser/diagnostic.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

// Codes of its diagnostics, all of them errors but empty-command:
//   file          empty-file  no-build-stage  no-stages  line-too-long  duplicate-directive
//                 invalid-escape-directive
//   instructions  unknown-instruction  empty-instruction  missing-arguments  too-many-arguments
//                 empty-command
//   flags         unknown-flag  duplicate-flag  missing-flag-value  invalid-boolean-flag
//   arguments     invalid-from  invalid-name-value  missing-value  blank-name  invalid-json-array
//                 json-required  empty-volume  invalid-healthcheck-type  invalid-duration
//                 invalid-retries  invalid-mount  invalid-network-mode  invalid-security-mode
//   heredocs      unterminated-heredoc  heredoc-destination
//   ONBUILD       onbuild-chained  onbuild-not-allowed  invalid-trigger
// What depends on variables or on other stages is not looked at here: see stages.h and mount.h.
// An instruction that is wrong: there is nothing to build of it, but an editor shows it.
struct UnreadInstruction {
  std::string keyword;  // upper case
  Range keyword_range;
  Range range;  // as Instruction has it
};

struct ParseResult {
  Dockerfile dockerfile;                  // the instructions that could be read
  std::vector<UnreadInstruction> unread;  // the others, in order
  std::vector<Diagnostic> diagnostics;    // in order of position

  bool ok() const;  // no diagnostic is an error
};

// Reports every problem in one pass: a bad instruction does not hide the next. Never throws; pure and safe to
// call from any thread. Linear in the size of the text.
ParseResult parse(Source source);

// Reads one instruction that has no file around it, as an image's ONBUILD trigger is stored ("COPY . /app").
// Always with `\` as escape character (moby: dispatchOnBuildTriggers). More than one instruction is an error.
ParseResult parse_trigger(std::string trigger);

}  // namespace mbuild::parser

#pragma GCC visibility pop
