// Compression of layers: gzip (ISA-L) and zstd, both ways, as streams.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "registry/base/stream.h"

namespace mbuild {

enum class Compression { none, gzip, zstd };

std::string_view name_of(Compression compression);  // "uncompressed", "gzip", "zstd"

// What the first bytes of a blob say (RFC 1952 2.3.1, RFC 8878 3.1.1); 4 bytes are enough.
Compression detect_compression(ByteView head);

struct CompressionOptions {
  Compression type = Compression::gzip;
  std::optional<int> level;  // gzip 0-9, zstd 1-22; the type's default when absent
  unsigned threads = 1;      // the bytes written do not depend on it
};

// Inflates `input`, concatenated gzip members and zstd frames included. A truncated or damaged stream is a
// `corrupt` error. Not thread-safe.
std::unique_ptr<ByteSource> make_decompressor(std::unique_ptr<ByteSource> input, Compression type);

// A sink that compresses into `output` (not owned; must outlive it). finish() must be called once after the
// last write. Input is cut into blocks of a fixed size that are compressed independently, so that the output
// is a function of input, type and level alone.
class Compressor : public ByteSink {
 public:
  virtual Result<void> finish() = 0;
};
Result<std::unique_ptr<Compressor>> make_compressor(ByteSink& output, const CompressionOptions& options);

}  // namespace mbuild
