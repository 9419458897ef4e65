// print(): the text that a Dockerfile's tree stands for.
#pragma once

#include <string>

#include "parser/ast.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

// Put together from the directives, comments and instructions and what stands between them. When the tree
// came from parse() and nothing was left out as wrong, that in between is white space and a byte order mark
// alone, and the result is the source byte for byte.
std::string print(const Dockerfile& dockerfile);

}  // namespace mbuild::parser

#pragma GCC visibility pop
