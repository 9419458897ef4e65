// Places in a Dockerfile as BuildKit's subrequests have them in JSON (moby: solver/pb).
#pragma once

#include <string>
#include <string_view>

#include "parser/json_writer.h"
#include "parser/source.h"

namespace mbuild::parser {

// The key `location`: {"ranges": [{"start": {"line": N}, "end": {"line": N}}]}, lines counted from 1.
void write_location(JsonWriter& writer, const Source& source, Range range);

// RFC 4648, with padding: what Go makes of bytes in JSON.
std::string base64(std::string_view bytes);

}  // namespace mbuild::parser
