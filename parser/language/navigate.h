// Going from a name to what it means, and changing it everywhere.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "parser/language/analysis.h"
#include "parser/language/occurrences.h"

namespace mbuild::parser::language {

// Where the thing under the cursor is defined: of several assignments the last before it. Empty for what has
// no definition in the file.
std::vector<Range> find_definition(const Analysis& analysis, std::uint32_t offset);

// Every place that names it, by position; definitions only when asked for.
std::vector<Occurrence> find_references(const Analysis& analysis, std::uint32_t offset, bool definitions);

// What can be renamed here: its range and name; nullopt for anything else.
std::optional<Occurrence> prepare_rename(const Analysis& analysis, std::uint32_t offset);

// The edits that give it another name. An error says why the name cannot be: its form, or that it is taken.
std::expected<std::vector<TextEdit>, std::string> rename(const Analysis& analysis, std::uint32_t offset,
                                                         std::string_view name);

}  // namespace mbuild::parser::language
