// A buffer for reading files piece by piece, one a thread.
#pragma once

#include <cstddef>
#include <span>

namespace mbuild {

// The calling thread's own, 256 KiB, made when the thread first asks: as a thread_local array it would be
// cleared whenever any thread starts. Its bytes are the caller's until the thread asks again.
std::span<std::byte> thread_buffer();

}  // namespace mbuild
