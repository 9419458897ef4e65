// The variables that an instruction sees, with their values and where these come from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "parser/language/analysis.h"

namespace mbuild::parser::language {

struct VisibleVariable {
  std::string name;
  std::optional<std::string> value;  // absent: declared, but not set
  std::string origin;                // "ENV on line 3", "the base image", "--build-arg", "the build platform"
  Range definition;                  // the defining instruction; empty for what the file does not define
};

// By name. `after` an ENV or ARG at the offset its values count already. A FROM, and what stands before the
// first, sees the global ARGs. Takes time linear in the text.
std::vector<VisibleVariable> variables_at(const Analysis& analysis, const Outside& outside,
                                          std::uint32_t offset);

// The one of that name; nullopt when nothing sets or declares it.
std::optional<VisibleVariable> variable_at(const Analysis& analysis, const Outside& outside,
                                           std::uint32_t offset, std::string_view name);

}  // namespace mbuild::parser::language
