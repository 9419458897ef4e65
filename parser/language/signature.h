// signature_help(): the forms of the instruction being written, and the parameter at the cursor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parser/language/analysis.h"

namespace mbuild::parser::language {

struct Signature {
  std::string label;
  std::vector<Range> parameters;  // bytes of the label
};

struct SignatureHelp {
  std::vector<Signature> signatures;
  std::string documentation;
  std::size_t active_signature = 0;
  std::size_t active_parameter = 0;  // the last one again for arguments that repeat
};

std::optional<SignatureHelp> signature_help(const Analysis& analysis, std::uint32_t offset);

}  // namespace mbuild::parser::language
