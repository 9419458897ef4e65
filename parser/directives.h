// The parser directives at the top of a Dockerfile: `# syntax=`, `# escape=`, `# check=` (SEMANTICS A3; moby:
// frontend/dockerfile/parser/directives.go).
#pragma once

#include <cstdint>
#include <vector>

#include "parser/ast.h"
#include "parser/diagnostic.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

struct Directives {
  std::vector<Directive> directives;
  char escape = '\\';
  std::uint32_t end =
      0;  // where the first line that is no directive begins (after a byte order mark at least)
};

// Reads them up to the first line that is none: a blank line, an instruction, any other comment. Repeated
// ones and an unknown escape character are reported; the first one, or `\`, then holds.
Directives read_directives(const Source& source, std::vector<Diagnostic>& diagnostics);

}  // namespace mbuild::parser

#pragma GCC visibility pop
