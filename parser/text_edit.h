// Applying edits to a text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parser/diagnostic.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

// `text` after all edits, whose ranges are of the text before any of them, in any order. Of two that overlap
// the one that begins later is left out; insertions at one place are made in the order given.
std::string apply_edits(std::string_view text, std::vector<TextEdit> edits);

}  // namespace mbuild::parser

#pragma GCC visibility pop
