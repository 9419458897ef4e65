// Moving a stream's bytes from a source to a sink.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "registry/base/stream.h"

namespace mbuild {

// Reads `source` to its end into `sink`, and gives the number of bytes.
Result<std::uint64_t> copy(ByteSource& source, ByteSink& sink);

// All that `source` gives; `corrupt` above `limit` bytes.
Result<std::string> read_all(ByteSource& source, std::uint64_t limit);

// Passes on what `input` gives, and fails with `corrupt` as soon as that is more than `limit` bytes: against
// compressed streams that inflate without end, and peers that send more than they announced.
class LimitedSource : public ByteSource {
 public:
  LimitedSource(std::unique_ptr<ByteSource> input, std::uint64_t limit)
      : input_(std::move(input)), limit_(limit) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override;

 private:
  std::unique_ptr<ByteSource> input_;
  std::uint64_t limit_;
  std::uint64_t given_ = 0;
};

}  // namespace mbuild
