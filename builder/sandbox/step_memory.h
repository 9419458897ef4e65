// Reading and writing the memory of a process of a step.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace mbuild::builder {

// Up to `most` bytes of text from `address` to the first NUL, which may lie before unreadable memory; nothing
// when there is no NUL.
std::optional<std::string> read_text(pid_t process, std::uint64_t address, std::size_t most);

// All of it or false.
bool read_memory(pid_t process, std::uint64_t address, std::span<std::byte> into);
bool write_memory(pid_t process, std::uint64_t address, std::span<const std::byte> from);

}  // namespace mbuild::builder
