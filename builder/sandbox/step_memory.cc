#include "builder/sandbox/step_memory.h"

#include <sys/uio.h>

#include <algorithm>

namespace mbuild::builder {

namespace {

constexpr std::size_t page_bytes = 4096;

}  // namespace

bool read_memory(pid_t process, std::uint64_t address, std::span<std::byte> into) {
  const iovec local{into.data(), into.size()};
  const iovec remote{reinterpret_cast<void*>(address), into.size()};
  return ::process_vm_readv(process, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(into.size());
}

bool write_memory(pid_t process, std::uint64_t address, std::span<const std::byte> from) {
  const iovec local{const_cast<std::byte*>(from.data()), from.size()};
  const iovec remote{reinterpret_cast<void*>(address), from.size()};
  return ::process_vm_writev(process, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(from.size());
}

std::optional<std::string> read_text(pid_t process, std::uint64_t address, std::size_t most) {
  std::string text;
  while (text.size() < most) {
    char page[page_bytes];
    const std::uint64_t at = address + text.size();
    const std::size_t size = std::min(page_bytes - at % page_bytes, most - text.size());
    if (!read_memory(process, at, std::as_writable_bytes(std::span(page, size)))) return std::nullopt;
    const char* end = std::find(page, page + size, '\0');
    text.append(static_cast<const char*>(page), end);
    if (end != page + size) return text;
  }
  return std::nullopt;
}

}  // namespace mbuild::builder
