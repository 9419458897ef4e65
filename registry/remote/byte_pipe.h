// BytePipe: joins code that gives bytes (a sink) with code that takes them (a source) across two threads.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "registry/base/stream.h"

namespace mbuild::remote {

// Holds a few blocks, so that memory does not depend on what flows through. One writer, one reader.
class BytePipe : public ByteSink {
 public:
  static constexpr std::size_t kBlock = 256 << 10;
  static constexpr std::size_t kBlocks = 8;

  // Waits while the pipe is full. `cancelled` once the reader has gone.
  Result<void> write(ByteView data) override;
  // Ends the stream; with an error, the reader gets what was written before and then the error.
  void finish(Result<void> outcome);

  // As ByteSource::read, waiting while the pipe is empty.
  Result<std::size_t> read(std::span<std::byte> buffer);
  // The reader goes: every write fails from now on.
  void abandon();

 private:
  Result<void> push();

  std::vector<std::byte> filling_;   // the writer's alone
  std::vector<std::byte> draining_;  // the reader's alone
  std::size_t drained_ = 0;

  std::mutex mutex_;
  std::condition_variable not_full_;
  std::condition_variable not_empty_;
  std::deque<std::vector<std::byte>> full_;
  std::vector<std::vector<std::byte>> spare_;
  std::optional<Result<void>> outcome_;
  bool abandoned_ = false;
};

}  // namespace mbuild::remote
