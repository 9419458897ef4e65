// make_gzip_decoder.
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "registry/base/gzip.h"

namespace mbuild {

namespace {

constexpr std::size_t kInputSize = 256 << 10;

std::string_view meaning(int code) {
  switch (code) {
    case ISAL_INVALID_BLOCK:
      return "invalid deflate block";
    case ISAL_INVALID_SYMBOL:
      return "invalid deflate symbol";
    case ISAL_INVALID_LOOKBACK:
      return "a distance reaches before the start";
    case ISAL_INVALID_WRAPPER:
      return "invalid header";
    case ISAL_UNSUPPORTED_METHOD:
      return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM:
      return "the checksum does not match";
    default:
      return "invalid data";
  }
}

std::unexpected<Error> corrupt(std::string_view why) {
  return fail(ErrorKind::corrupt, "inflate gzip: " + std::string(why));
}

class GzipDecoder : public ByteSource {
 public:
  explicit GzipDecoder(std::unique_ptr<ByteSource> input) : input_(std::move(input)), buffer_(kInputSize) {
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_GZIP;
  }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (buffer.empty()) return 0;
    for (;;) {
      if (state_.avail_in == 0 && !input_ended_) MBUILD_CHECK(refill());
      if (between_members_) {
        if (state_.avail_in == 0) return 0;
        isal_inflate_reset(&state_);
        state_.crc_flag = ISAL_GZIP;
        between_members_ = false;
      }
      const std::size_t size = MBUILD_TRY(inflate(buffer));
      if (size > 0) return size;
      if (!between_members_ && state_.avail_in == 0 && input_ended_)
        return corrupt("the data ends too early");
    }
  }

 private:
  Result<void> refill() {
    const std::size_t size = MBUILD_TRY(input_->read(buffer_));
    input_ended_ = size == 0;
    state_.next_in = reinterpret_cast<std::uint8_t*>(buffer_.data());
    state_.avail_in = static_cast<std::uint32_t>(size);
    return {};
  }

  Result<std::size_t> inflate(std::span<std::byte> buffer) {
    const auto room = static_cast<std::uint32_t>(
        std::min<std::size_t>(buffer.size(), std::numeric_limits<std::int32_t>::max()));
    state_.next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
    state_.avail_out = room;
    const int code = isal_inflate(&state_);
    if (code < ISAL_DECOMP_OK) return corrupt(meaning(code));
    if (code >= ISAL_NEED_DICT) return corrupt("it needs a dictionary");
    between_members_ = state_.block_state == ISAL_BLOCK_FINISH;
    return room - state_.avail_out;
  }

  std::unique_ptr<ByteSource> input_;
  std::vector<std::byte> buffer_;
  bool input_ended_ = false;
  bool between_members_ = false;
  inflate_state state_;
};

}  // namespace

std::unique_ptr<ByteSource> make_gzip_decoder(std::unique_ptr<ByteSource> input) {
  return std::make_unique<GzipDecoder>(std::move(input));
}

}  // namespace mbuild
