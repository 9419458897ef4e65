#include "registry/base/block_compressor.h"

#include <algorithm>

namespace mbuild {

namespace {

constexpr unsigned kThreadLimit = 8;  // more would outrun any disk, and cost memory

}  // namespace

BlockCompressor::BlockCompressor(ByteSink& output, std::unique_ptr<BlockFormat> format, unsigned threads,
                                 const std::atomic<bool>* cancel)
    : output_(output),
      format_(std::move(format)),
      threads_(std::clamp(threads, 1u, kThreadLimit)),
      cancel_(cancel),
      slots_(threads_ == 1 ? 1 : threads_ + 2) {}

Result<void> BlockCompressor::write(ByteView data) {
  empty_ = empty_ && data.empty();
  while (!data.empty()) {
    Slot& slot = filling();
    const std::size_t size = std::min(data.size(), format_->block_size() - slot.input.size());
    slot.input.insert(slot.input.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size));
    data = data.subspan(size);
    if (slot.input.size() < format_->block_size()) continue;
    if (cancel_ != nullptr && cancel_->load()) return fail(ErrorKind::cancelled, "compress");
    MBUILD_CHECK(threads_ == 1 ? encode_here() : encode_elsewhere());
  }
  return {};
}

Result<void> BlockCompressor::encode_here() {
  Slot& slot = filling();
  if (!slot.encoder) slot.encoder = format_->make_encoder();
  MBUILD_CHECK(slot.encoder->encode(slot.input, slot.output));
  slot.input.clear();
  return output_.write(slot.output);
}

Result<void> BlockCompressor::encode_elsewhere() {
  Slot& slot = filling();
  if (!slot.encoder) slot.encoder = format_->make_encoder();
  std::packaged_task<Result<void>()> task([&slot] { return slot.encoder->encode(slot.input, slot.output); });
  slot.encoding = task.get_future();
  if (!pool_) pool_.emplace(threads_);
  pool_->submit(std::move(task));
  next_ = (next_ + 1) % slots_.size();
  return drain(filling());
}

Result<void> BlockCompressor::drain(Slot& slot) {
  if (!slot.encoding.valid()) return {};
  MBUILD_CHECK(slot.encoding.get());
  slot.input.clear();
  return output_.write(slot.output);
}

Result<void> BlockCompressor::finish() {
  for (std::size_t i = 1; i < slots_.size(); ++i) MBUILD_CHECK(drain(slots_[(next_ + i) % slots_.size()]));
  if (!filling().input.empty()) return encode_here();
  if (empty_) return output_.write(format_->nothing());
  return {};
}

}  // namespace mbuild
