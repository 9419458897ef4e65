#include "builder/snapshot/byte_pipe.h"

#include <algorithm>
#include <cstring>

namespace mbuild::builder {

namespace {

constexpr std::size_t kChunkSize = 256 << 10;
constexpr std::size_t kChunks = 8;

}  // namespace

BytePipe::BytePipe() : chunks_(kChunks) {}

std::span<std::byte> BytePipe::space() {
  std::unique_lock lock(mutex_);
  // A chunk that the reader still looks at counts as taken.
  changed_.wait(lock, [&] { return abandoned_ || written_ - read_ + (reading_ ? 1 : 0) < kChunks; });
  if (abandoned_) return {};
  Chunk& chunk = chunks_[written_ % kChunks];
  if (!chunk.bytes) chunk.bytes = std::make_unique_for_overwrite<std::byte[]>(kChunkSize);
  return {chunk.bytes.get(), kChunkSize};
}

void BytePipe::wrote(std::size_t size) {
  if (size == 0) return;
  const std::lock_guard lock(mutex_);
  chunks_[written_++ % kChunks].size = size;
  changed_.notify_all();
}

void BytePipe::finish(std::optional<Error> failure) {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  failure_ = std::move(failure);
  changed_.notify_all();
}

Result<ByteView> BytePipe::next() {
  std::unique_lock lock(mutex_);
  if (reading_) {
    reading_ = false;
    changed_.notify_all();
  }
  changed_.wait(lock, [&] { return finished_ || read_ != written_; });
  if (failure_) return std::unexpected(*failure_);
  if (read_ == written_) return ByteView();
  const Chunk& chunk = chunks_[read_++ % kChunks];
  reading_ = true;
  return ByteView(chunk.bytes.get(), chunk.size);
}

void BytePipe::abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  changed_.notify_all();
}

Result<std::size_t> PipeSource::read(std::span<std::byte> buffer) {
  if (rest_.empty()) rest_ = MBUILD_TRY(pipe_.next());
  const std::size_t size = std::min(buffer.size(), rest_.size());
  std::memcpy(buffer.data(), rest_.data(), size);
  rest_ = rest_.subspan(size);
  return size;
}

AsyncSink::~AsyncSink() {
  if (thread_.joinable()) stop(Error(ErrorKind::cancelled, "the writer gave up"));
}

void AsyncSink::run() {
  result_ = [&]() -> Result<void> {
    for (;;) {
      const ByteView data = MBUILD_TRY(pipe_.next());
      if (data.empty()) return {};
      MBUILD_CHECK(next_.write(data));
    }
  }();
  pipe_.abandon();
}

void AsyncSink::stop(std::optional<Error> failure) {
  pipe_.finish(std::move(failure));
  thread_.join();
}

Result<void> AsyncSink::write(ByteView data) {
  while (!data.empty()) {
    if (used_ == space_.size()) {
      if (used_ != 0) {
        pipe_.wrote(std::exchange(used_, 0));
        if (!thread_.joinable()) thread_ = std::thread(&AsyncSink::run, this);
      }
      space_ = pipe_.space();
      if (space_.empty()) {
        stop(std::nullopt);
        return result_;
      }
    }
    const std::size_t size = std::min(data.size(), space_.size() - used_);
    std::memcpy(space_.data() + used_, data.data(), size);
    used_ += size;
    data = data.subspan(size);
  }
  return {};
}

Result<void> AsyncSink::finish() {
  const ByteView rest = space_.first(used_);
  if (!thread_.joinable()) return rest.empty() ? Result<void>() : next_.write(rest);
  pipe_.wrote(used_);
  stop(std::nullopt);
  return result_;
}

}  // namespace mbuild::builder
