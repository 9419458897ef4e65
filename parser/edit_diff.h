// edit_diff(): edits as a unified diff.
#pragma once

#include <string>
#include <vector>

#include "parser/diagnostic.h"

namespace mbuild::parser {

// What the edits do to the lines of the source, without lines of context around (diff -U0); `patch` takes it.
// Both sides are called by the source's name. Empty when the edits change nothing. The edits are in order and
// do not overlap, as format_edits() gives them.
std::string edit_diff(const Source& source, const std::vector<TextEdit>& edits);

}  // namespace mbuild::parser
