// The shape of a file as an editor draws it: outline, folds, growing selections, links.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "parser/language/analysis.h"

namespace mbuild::parser::language {

struct Symbol {
  enum class Kind { stage, instruction, variable, directive };
  Kind kind = Kind::instruction;
  std::string name;    // "build", "RUN", "VERSION"
  std::string detail;  // FROM's image, the start of the arguments
  Range range;         // all of it
  Range name_range;    // within range
  std::vector<Symbol> children;
};
// Stages with their instructions; directives and global ARGs stand beside them.
std::vector<Symbol> document_symbols(const Analysis& analysis);

struct Fold {
  enum class Kind { region, comment };
  Kind kind = Kind::region;
  unsigned first_line = 0, last_line = 0;  // 0-based, both included
};
// Stages, instructions and heredocs of several lines, runs of comments. By first line.
std::vector<Fold> folding_ranges(const Analysis& analysis);

// What a selection grows to, the smallest first: the word, flag or heredoc body, the arguments, the
// instruction, the stage, the file. Each contains the one before.
std::vector<Range> selection_ranges(const Analysis& analysis, std::uint32_t offset);

struct Link {
  Range range;
  std::string target;  // an URL; empty for a file of the context
  std::string path;    // relative to the context
  std::string tooltip;
};
// FROM's and --from's images at Docker Hub and other registries with pages, URLs of ADD, files of the context
// that COPY and ADD name without variables or wildcards.
std::vector<Link> document_links(const Analysis& analysis, const Outside& outside);

}  // namespace mbuild::parser::language
