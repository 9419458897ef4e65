// A source over a string of its own, which can be made to give it in small pieces and to fail.
#pragma once

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "registry/base/stream.h"

namespace mbuild::test {

// Gives at most `step` bytes a read; fails with `failure`, when there is one, instead of ending.
class StringSource : public ByteSource {
 public:
  explicit StringSource(std::string text, std::size_t step = SIZE_MAX, std::optional<Error> failure = {})
      : text_(std::move(text)), step_(step), failure_(std::move(failure)) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t size = std::min({buffer.size(), step_, text_.size() - offset_});
    if (size == 0 && !buffer.empty() && failure_) return std::unexpected(*failure_);
    std::memcpy(buffer.data(), text_.data() + offset_, size);
    offset_ += size;
    return size;
  }

 private:
  std::string text_;
  std::size_t step_;
  std::optional<Error> failure_;
  std::size_t offset_ = 0;
};

}  // namespace mbuild::test
