// Occurrences: where stages, variables and heredocs are named, and which names mean the same thing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "parser/language/analysis.h"

namespace mbuild::parser::language {

enum class NameKind { stage, variable, heredoc };

// One place where a name stands. Two with the same `symbol` and kind mean the same thing: definition,
// references and rename go together.
struct Occurrence {
  NameKind kind = NameKind::variable;
  std::size_t symbol = 0;
  bool definition = false;
  bool by_index = false;  // a stage named by its number: it does not change with the name
  std::string name;       // of a stage in lower case
  Range range;            // the name alone
};

// All of the file, by position. Variables of a RUN's command count where ENV or ARG define them; a variable
// is the same in a stage, in the stages that are from it, and (for `ARG name` without a default) at the top
// of the file. Takes time linear in the text, but for the sort.
std::vector<Occurrence> find_occurrences(const Analysis& analysis);

// The one that holds the offset, its end included; null when there is none.
const Occurrence* occurrence_at(const std::vector<Occurrence>& all, std::uint32_t offset);

}  // namespace mbuild::parser::language
