// make_zstd_format.
#include <zstd.h>

#include "registry/base/zstd_codec.h"

namespace mbuild {

namespace {

constexpr std::size_t kBlockSize = 4 << 20;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

class ZstdEncoder : public BlockEncoder {
 public:
  explicit ZstdEncoder(int level) : context_(ZSTD_createCCtx()) {
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  Result<void> encode(ByteView block, std::vector<std::byte>& output) override {
    output.resize(ZSTD_compressBound(block.size()));
    const std::size_t size =
        ZSTD_compress2(context_.get(), output.data(), output.size(), block.data(), block.size());
    if (ZSTD_isError(size)) {
      return fail(ErrorKind::internal, "zstd: " + std::string(ZSTD_getErrorName(size)));
    }
    output.resize(size);
    return {};
  }

 private:
  std::unique_ptr<ZSTD_CCtx, FreeContext> context_;
};

class ZstdFormat : public BlockFormat {
 public:
  explicit ZstdFormat(int level) : level_(level) {}

  std::size_t block_size() const override { return kBlockSize; }
  std::unique_ptr<BlockEncoder> make_encoder() const override {
    return std::make_unique<ZstdEncoder>(level_);
  }
  std::vector<std::byte> nothing() const override {
    std::vector<std::byte> bytes(ZSTD_compressBound(0));
    bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), nullptr, 0, level_));
    return bytes;
  }

 private:
  int level_;
};

}  // namespace

std::unique_ptr<BlockFormat> make_zstd_format(int level) {
  return std::make_unique<ZstdFormat>(level);
}

}  // namespace mbuild
