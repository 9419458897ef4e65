// The parts of the tree's JSON: the body of each kind of instruction (format: ast_json.h).
#pragma once

#include "parser/ast.h"
#include "parser/json_writer.h"

namespace mbuild::parser {

// The keys that this kind of instruction has, all but those of ONBUILD.
void write_body(JsonWriter& writer, const InstructionBody& body);

}  // namespace mbuild::parser
