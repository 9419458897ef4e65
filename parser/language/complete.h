// complete(): what could be written at a place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "parser/diagnostic.h"
#include "parser/language/analysis.h"

namespace mbuild::parser::language {

struct Completion {
  enum class Kind { keyword, flag, value, stage, variable, file, folder, image, user };
  Kind kind = Kind::keyword;
  std::string label;
  std::string detail;         // beside it: a variable's value, an image's size
  std::string documentation;  // Markdown
  TextEdit edit;              // within one line, around the cursor
  bool snippet = false;       // the edit's text has LSP placeholders
};

// `snippets` lets instructions come with places to fill in. At most `limit`, the ones that begin with what is
// written already; letter case aside for keywords, stages and rules.
std::vector<Completion> complete(const Analysis& analysis, const Outside& outside, std::uint32_t offset,
                                 bool snippets, std::size_t limit = 1000);

}  // namespace mbuild::parser::language
