// Streams over memory.
#pragma once

#include <algorithm>
#include <string>

#include "registry/base/stream.h"

namespace mbuild {

// Reads bytes that are borrowed and must outlive it.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(ByteView data) : rest_(data) {}
  explicit MemorySource(std::string_view text) : rest_(bytes_of(text)) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t size = std::min(buffer.size(), rest_.size());
    std::copy_n(rest_.begin(), size, buffer.begin());
    rest_ = rest_.subspan(size);
    return size;
  }

 private:
  ByteView rest_;
};

// Collects what is written.
class StringSink : public ByteSink {
 public:
  Result<void> write(ByteView data) override {
    text_ += text_of(data);
    return {};
  }
  const std::string& str() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace mbuild
