#include "registry/remote/byte_pipe.h"

#include <algorithm>
#include <cstring>

namespace mbuild::remote {

Result<void> BytePipe::write(ByteView data) {
  while (!data.empty()) {
    if (filling_.capacity() == 0) filling_.reserve(kBlock);
    std::size_t count = std::min(data.size(), kBlock - filling_.size());
    filling_.insert(filling_.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(count));
    data = data.subspan(count);
    if (filling_.size() == kBlock) MBUILD_CHECK(push());
  }
  return {};
}

Result<void> BytePipe::push() {
  std::unique_lock lock(mutex_);
  not_full_.wait(lock, [&] { return full_.size() < kBlocks || abandoned_; });
  if (abandoned_) return fail(ErrorKind::cancelled, "nobody reads any more");
  full_.push_back(std::move(filling_));
  filling_.clear();
  if (!spare_.empty()) {
    filling_ = std::move(spare_.back());
    spare_.pop_back();
  }
  not_empty_.notify_one();
  return {};
}

void BytePipe::finish(Result<void> outcome) {
  if (!filling_.empty()) {
    if (auto pushed = push(); !pushed && outcome) outcome = std::move(pushed);
  }
  std::lock_guard lock(mutex_);
  outcome_ = std::move(outcome);
  not_empty_.notify_one();
}

Result<std::size_t> BytePipe::read(std::span<std::byte> buffer) {
  if (drained_ == draining_.size()) {
    std::unique_lock lock(mutex_);
    if (draining_.capacity() > 0) {
      draining_.clear();
      spare_.push_back(std::move(draining_));
      draining_ = {};
    }
    drained_ = 0;
    not_empty_.wait(lock, [&] { return !full_.empty() || outcome_; });
    if (full_.empty()) {
      if (!*outcome_) return std::unexpected(outcome_->error());
      return std::size_t{0};
    }
    draining_ = std::move(full_.front());
    full_.pop_front();
    not_full_.notify_one();
  }
  std::size_t count = std::min(buffer.size(), draining_.size() - drained_);
  std::memcpy(buffer.data(), draining_.data() + drained_, count);
  drained_ += count;
  return count;
}

void BytePipe::abandon() {
  std::lock_guard lock(mutex_);
  abandoned_ = true;
  not_full_.notify_one();
}

}  // namespace mbuild::remote
