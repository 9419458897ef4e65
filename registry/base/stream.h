// Bytes in motion: the two interfaces that hashing, compression, archives and the network are joined by.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "registry/base/result.h"

namespace mbuild {

using ByteView = std::span<const std::byte>;

inline ByteView bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  // Takes all of `data` or fails; after a failure the sink is of no more use.
  virtual Result<void> write(ByteView data) = 0;
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills a prefix of `buffer` and gives its size; 0 means the end (never for an empty buffer only).
  virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;
};

}  // namespace mbuild
