// hover(): what is known of the thing under the cursor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "parser/language/analysis.h"

namespace mbuild::parser::language {

struct Hover {
  std::string text;  // Markdown
  Range range;       // what it is about
};

// Instructions, flags, variables (their value here and where it came from), stages, and images as the local
// store knows them.
std::optional<Hover> hover(const Analysis& analysis, const Outside& outside, std::uint32_t offset);

}  // namespace mbuild::parser::language
