// Compression of layers: gzip and zstd, both ways, as streams.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string_view>

#include "registry/base/stream.h"

namespace mbuild {

enum class Compression { none, gzip, zstd };

std::string_view name_of(Compression compression);  // "uncompressed", "gzip", "zstd"

// What the first bytes of a blob say (RFC 1952 2.3.1, RFC 8878 3.1.1); 4 bytes are enough.
Compression detect_compression(ByteView head);

// gzip's level 0 stores. 1 to 3 are ISA-L's, 1 and twice 2: near `gzip -1` in size at five times its speed.
// (ISA-L's own level 3 would save another 2 % but its bytes depend on the CPU's vector instructions; those of
// 1 and 2 are the same on every x86-64 CPU with SSE 4.2.) 4 to 9 are libdeflate's, a little smaller than
// zlib's of the same number at three times their speed; what is compressed already is stored.
struct CompressionOptions {
  Compression type = Compression::gzip;
  std::optional<int>
      level;  // gzip 0-9, zstd 1-22 (0: the default); the type's default when absent, gzip 5 and zstd 3
  unsigned threads = 1;                       // that compress; the bytes written do not depend on it
  const std::atomic<bool>* cancel = nullptr;  // borrowed: set, it ends writing with `cancelled`; may be null
};

// Inflates `input`, concatenated gzip members and zstd frames included. A truncated or damaged stream is a
// `corrupt` error. Not thread-safe.
std::unique_ptr<ByteSource> make_decompressor(std::unique_ptr<ByteSource> input, Compression type);

// A sink that compresses into `output` (not owned; must outlive it). finish() must be called once after the
// last write. Input is cut into blocks of a fixed size that are compressed independently, so that the output
// is a function of input, type and level alone: gzip members of 512 KiB without name and time, or zstd frames
// of 4 MiB. Not thread-safe. Memory: some 3 MiB a thread for gzip, 10 MiB for zstd at its default level.
class Compressor : public ByteSink {
 public:
  virtual Result<void> finish() = 0;
};
// A level that the type does not have is `invalid_input`.
Result<std::unique_ptr<Compressor>> make_compressor(ByteSink& output, const CompressionOptions& options);

}  // namespace mbuild
