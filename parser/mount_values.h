// The values of mount options: booleans, sizes, numbers, as Go and docker/go-units read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mbuild::parser {

// 1, t, true, 0, f, false and their capitals (Go: strconv.ParseBool).
std::optional<bool> read_boolean(std::string_view text);

// Digits of the base alone, up to 32 bits (Go: strconv.ParseUint).
std::optional<std::uint32_t> read_number(std::string_view text, int base);

// Bytes: a decimal number with an optional suffix k, m, g, t or p (powers of 1024), and `b` or `ib` after it,
// in any case (docker/go-units: RAMInBytes).
std::optional<std::uint64_t> read_size(std::string_view text);

}  // namespace mbuild::parser
