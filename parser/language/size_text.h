// Sizes and times as an editor shows them.
#pragma once

#include <cstdint>
#include <string>

namespace mbuild::parser::language {

// "512 B", "4.2 MB": powers of 1000, as Docker counts.
std::string size_text(std::uint64_t bytes);
// "12 ms", "3.4 s", "2 min 5 s".
std::string duration_text(std::int64_t milliseconds);

}  // namespace mbuild::parser::language
