// gzip and zstd streams: whatever comes, decompressing ends, stays within its limit, and gives the same
// through buffers of any size.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "registry/base/compress.h"
#include "registry/base/copy_stream.h"
#include "registry/base/memory_stream.h"

namespace {

using namespace mbuild;

constexpr std::uint64_t kLimit = 4 << 20;

void require(bool holds) {
  if (!holds) std::abort();
}

Result<std::string> decompress(ByteView data, Compression type, std::size_t buffer_size) {
  LimitedSource source(make_decompressor(std::make_unique<MemorySource>(data), type), kLimit);
  std::vector<std::byte> buffer(buffer_size);
  std::string text;
  for (;;) {
    const std::size_t size = MBUILD_TRY(source.read(buffer));
    if (size == 0) return text;
    text.append(reinterpret_cast<const char*>(buffer.data()), size);
  }
}

void check(ByteView data, Compression type) {
  const auto whole = decompress(data, type, 256 << 10);
  const auto pieces = decompress(data, type, 509);
  require(whole.has_value() == pieces.has_value());
  if (whole) return require(*whole == *pieces);
  require(whole.error().kind() == ErrorKind::corrupt);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(reinterpret_cast<const std::byte*>(data), size);
  check(bytes, Compression::gzip);
  check(bytes, Compression::zstd);
  return 0;
}
