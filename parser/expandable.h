// Which words of an instruction the builder expands (SEMANTICS A6).
#pragma once

#include <vector>

#include "parser/ast.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

// In order of position, ENV's and LABEL's names included. Not among them, as each has its own way: ARG, whose
// defaults may not be looked at; the values inside RUN --mount (mount.h); bodies of heredocs
// (heredoc.expand). Points into `instruction`.
std::vector<const Word*> expandable_words(const Instruction& instruction);

}  // namespace mbuild::parser

#pragma GCC visibility pop
