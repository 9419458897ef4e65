// What the comments above an instruction say: a description, checks to skip.
#pragma once

#include <string>
#include <string_view>

#include "parser/ast.h"

namespace mbuild::parser {

// The comment directly above `instruction` that begins with `name` and a blank, without these ("# build the
// compiler" describes the stage `build`); empty when there is none (moby: instructions, getComment).
std::string description_of(const Instruction& instruction, std::string_view name);

}  // namespace mbuild::parser
