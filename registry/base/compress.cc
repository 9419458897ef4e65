#include "registry/base/compress.h"

#include "registry/base/block_compressor.h"
#include "registry/base/gzip.h"
#include "registry/base/zstd_codec.h"

namespace mbuild {

namespace {

constexpr int kDefaultGzipLevel = 5;
constexpr int kDefaultZstdLevel = 3;

class PassingCompressor : public Compressor {
 public:
  explicit PassingCompressor(ByteSink& output) : output_(output) {}
  Result<void> write(ByteView data) override { return output_.write(data); }
  Result<void> finish() override { return {}; }

 private:
  ByteSink& output_;
};

Result<int> checked_level(const CompressionOptions& options, int lowest, int highest, int standard) {
  const int level = options.level.value_or(standard);
  if (level >= lowest && level <= highest) return level;
  return fail(ErrorKind::invalid_input, std::string(name_of(options.type)) + " has no compression level " +
                                            std::to_string(level) + ": it must be between " +
                                            std::to_string(lowest) + " and " + std::to_string(highest));
}

}  // namespace

std::string_view name_of(Compression compression) {
  switch (compression) {
    case Compression::none:
      return "uncompressed";
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
  }
  return "uncompressed";
}

Compression detect_compression(ByteView head) {
  const auto byte = [&](std::size_t i) {
    return i < head.size() ? std::to_integer<unsigned>(head[i]) : 256u;
  };
  if (byte(0) == 0x1f && byte(1) == 0x8b && byte(2) == 8) return Compression::gzip;
  if (byte(0) == 0x28 && byte(1) == 0xb5 && byte(2) == 0x2f && byte(3) == 0xfd) return Compression::zstd;
  const bool skippable = byte(0) >= 0x50 && byte(0) <= 0x5f;  // a frame of metadata before the data
  if (skippable && byte(1) == 0x2a && byte(2) == 0x4d && byte(3) == 0x18) return Compression::zstd;
  return Compression::none;
}

std::unique_ptr<ByteSource> make_decompressor(std::unique_ptr<ByteSource> input, Compression type) {
  switch (type) {
    case Compression::none:
      return input;
    case Compression::gzip:
      return make_gzip_decoder(std::move(input));
    case Compression::zstd:
      return make_zstd_decoder(std::move(input));
  }
  return input;
}

Result<std::unique_ptr<Compressor>> make_compressor(ByteSink& output, const CompressionOptions& options) {
  std::unique_ptr<BlockFormat> format;
  switch (options.type) {
    case Compression::none:
      return std::make_unique<PassingCompressor>(output);
    case Compression::gzip: {
      format = make_gzip_format(MBUILD_TRY(checked_level(options, 0, 9, kDefaultGzipLevel)));
      break;
    }
    case Compression::zstd: {
      const int level = MBUILD_TRY(checked_level(options, 0, 22, kDefaultZstdLevel));
      format = make_zstd_format(level == 0 ? kDefaultZstdLevel : level);
      break;
    }
  }
  return std::make_unique<BlockCompressor>(output, std::move(format), options.threads, options.cancel);
}

}  // namespace mbuild
