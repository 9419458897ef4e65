// meaning_of(): what a tree says, without where and how it is written.
#pragma once

#include <string>

#include "parser/ast.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

// Equal for two files exactly when a builder cannot tell them apart: the same directives and instructions
// with the same words, values, heredocs and ONBUILD triggers, and the same comments above each instruction,
// outer blanks aside. Ranges, the letter case of keywords, blank lines and unattached comments do not count.
// Not meant to be read.
std::string meaning_of(const Dockerfile& dockerfile);
std::string meaning_of(const Instruction& instruction);

}  // namespace mbuild::parser

#pragma GCC visibility pop
