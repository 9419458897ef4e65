#include "registry/base/copy_stream.h"

#include <vector>

namespace mbuild {

namespace {

constexpr std::size_t kBufferSize = 256 << 10;

std::unexpected<Error> above(std::uint64_t limit) {
  return fail(ErrorKind::corrupt, "more than the " + std::to_string(limit) + " bytes that were expected");
}

}  // namespace

Result<std::uint64_t> copy(ByteSource& source, ByteSink& sink) {
  std::vector<std::byte> buffer(kBufferSize);
  std::uint64_t total = 0;
  for (;;) {
    const std::size_t size = MBUILD_TRY(source.read(buffer));
    if (size == 0) return total;
    MBUILD_CHECK(sink.write(ByteView(buffer).first(size)));
    total += size;
  }
}

Result<std::string> read_all(ByteSource& source, std::uint64_t limit) {
  std::vector<std::byte> buffer(kBufferSize);
  std::string text;
  for (;;) {
    const std::size_t size = MBUILD_TRY(source.read(buffer));
    if (size == 0) return text;
    if (size > limit - text.size()) return above(limit);
    text.append(reinterpret_cast<const char*>(buffer.data()), size);
  }
}

Result<std::size_t> LimitedSource::read(std::span<std::byte> buffer) {
  const std::size_t size = MBUILD_TRY(input_->read(buffer));
  given_ += size;
  if (given_ > limit_) return above(limit_);
  return size;
}

}  // namespace mbuild
