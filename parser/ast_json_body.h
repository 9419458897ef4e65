// The parts of the tree's JSON: values, words, and the body of each kind of instruction (format: ast_json.h).
#pragma once

#include <string_view>

#include "parser/ast.h"
#include "parser/json_writer.h"

namespace mbuild::parser {

// A key and its value.
void write(JsonWriter& writer, std::string_view key, std::string_view value);
void write(JsonWriter& writer, std::string_view key, Range range);

// The keys that this kind of instruction has, all but those of ONBUILD.
void write_body(JsonWriter& writer, const InstructionBody& body);

}  // namespace mbuild::parser
