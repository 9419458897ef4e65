// Finding the variables that a piece of text uses, as written.
#pragma once

#include <string_view>
#include <vector>

#include "parser/source.h"

namespace mbuild::parser::language {

struct VariableUse {
  std::string_view name;
  Range range;  // the name alone, counted as `within` is
  bool braces = false;
};

// `$name` and `${name...}` in source.text(within), nested ones included. What follows the escape character is
// no use; text in single quotes neither, unless `raw_quotes`.
std::vector<VariableUse> find_variable_uses(const Source& source, Range within, char escape, bool raw_quotes);

constexpr bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_name_character(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}

}  // namespace mbuild::parser::language
