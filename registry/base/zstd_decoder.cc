// make_zstd_decoder.
#include <zstd.h>

#include <vector>

#include "registry/base/zstd_codec.h"

namespace mbuild {

namespace {

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

std::unexpected<Error> corrupt(std::string_view why) {
  return fail(ErrorKind::corrupt, "decompress zstd: " + std::string(why));
}

class ZstdDecoder : public ByteSource {
 public:
  explicit ZstdDecoder(std::unique_ptr<ByteSource> input)
      : input_(std::move(input)), context_(ZSTD_createDCtx()), buffer_(ZSTD_DStreamInSize()) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (buffer.empty()) return 0;
    for (;;) {
      if (pending_.pos == pending_.size && !input_ended_) MBUILD_CHECK(refill());
      if (pending_.pos == pending_.size && at_frame_end_ && any_frame_) return 0;
      ZSTD_outBuffer output{buffer.data(), buffer.size(), 0};
      const std::size_t before = pending_.pos;
      const std::size_t code = ZSTD_decompressStream(context_.get(), &output, &pending_);
      if (ZSTD_isError(code)) return corrupt(ZSTD_getErrorName(code));
      at_frame_end_ = code == 0;
      any_frame_ = any_frame_ || at_frame_end_;
      if (output.pos > 0) return output.pos;
      const bool stuck = pending_.pos == before && pending_.pos == pending_.size && input_ended_;
      if (stuck && !at_frame_end_) return corrupt("the data ends too early");
    }
  }

 private:
  Result<void> refill() {
    const std::size_t size = MBUILD_TRY(input_->read(buffer_));
    input_ended_ = size == 0;
    pending_ = {buffer_.data(), size, 0};
    return {};
  }

  std::unique_ptr<ByteSource> input_;
  std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
  std::vector<std::byte> buffer_;
  ZSTD_inBuffer pending_{};
  bool input_ended_ = false;
  bool at_frame_end_ = false;
  bool any_frame_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> make_zstd_decoder(std::unique_ptr<ByteSource> input) {
  return std::make_unique<ZstdDecoder>(std::move(input));
}

}  // namespace mbuild
