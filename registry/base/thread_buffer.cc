#include "registry/base/thread_buffer.h"

#include <memory>

namespace mbuild {

namespace {

constexpr std::size_t kSize = 256 << 10;

}  // namespace

std::span<std::byte> thread_buffer() {
  thread_local const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kSize);
  return {buffer.get(), kSize};
}

}  // namespace mbuild
