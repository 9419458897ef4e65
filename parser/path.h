// Slash-separated paths as text, without asking any file system.
#pragma once

#include <string>
#include <string_view>

namespace mbuild::parser {

// The shortest equivalent path, as Go's path.Clean gives it: no doubled slashes, no `.`, `..` only at the
// begin of a relative path, no trailing slash but that of "/", and "." for an empty one.
std::string clean_path(std::string_view path);

}  // namespace mbuild::parser
