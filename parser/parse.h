// parse(): Dockerfile text in, AST and everything wrong with it out.
#pragma once

#include <vector>

#include "parser/ast.h"
#include "parser/diagnostic.h"

namespace mbuild::parser {

struct ParseResult {
  Dockerfile dockerfile;                 // the instructions that could be read; bad ones are left out
  std::vector<Diagnostic> diagnostics;   // in order of position

  bool ok() const;  // no diagnostic is an error
};

// Reports every problem in one pass: a bad instruction does not hide the next. Never throws; pure and safe to
// call from any thread. Linear in the size of the text.
ParseResult parse(Source source);

// Reads one instruction that has no file around it, as an image's ONBUILD trigger is stored ("COPY . /app").
// Always with `\` as escape character (moby: dispatchOnBuildTriggers). More than one instruction is an error.
ParseResult parse_trigger(std::string trigger);

}  // namespace mbuild::parser
