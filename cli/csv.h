// "key=value,key=value" option values, with CSV quoting ("a,b" in double quotes) as docker buildx reads them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registry/base/result.h"

namespace mbuild::cli {

// Fields of one CSV record (RFC 4180 quoting). An unterminated quote is `invalid_input`.
Result<std::vector<std::string>> split_csv(std::string_view text);

// Each field cut at its first '='; keys lower-cased. A field without '=' is an error naming it.
Result<std::vector<std::pair<std::string, std::string>>> parse_attributes(std::string_view text);

}  // namespace mbuild::cli
