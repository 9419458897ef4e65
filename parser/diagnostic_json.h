// A diagnostic as JSON: {severity, code, message, lines, range, related, fixes} (ast_json.h says what these
// are).
#pragma once

#include <string_view>

#include "parser/diagnostic.h"
#include "parser/json_writer.h"

namespace mbuild::parser {

// "error", "warning" or "hint".
std::string_view to_string(Severity severity);

// A key and its value.
void write(JsonWriter& writer, std::string_view key, std::string_view value);
void write(JsonWriter& writer, std::string_view key, Range range);

// The key `lines`: [first, last], counted from 1.
void write_lines(JsonWriter& writer, const Source& source, Range range);

// The object, as a value.
void write_diagnostic(JsonWriter& writer, const Source& source, const Diagnostic& diagnostic);

}  // namespace mbuild::parser
