// What holds for every result of parse(), whatever the text: for property tests and the fuzzer.
#pragma once

#include <string>
#include <vector>

#include "parser/parse.h"

namespace mbuild::parser {

// One line for each property that does not hold; empty when all do.
//   - ranges lie in the file, those of parts inside those of the whole, and siblings do not overlap
//   - text and range of a word, comment, heredoc and directive agree
//   - diagnostics are complete and in order
//   - without an error, only white space lies outside the tree, and the tree prints back as the file
std::vector<std::string> broken_properties(const ParseResult& result);

}  // namespace mbuild::parser
