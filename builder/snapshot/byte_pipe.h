// BytePipe: bytes handed from one thread to another, in large pieces.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "registry/base/stream.h"

namespace mbuild::builder {

// One thread writes, one reads; each side may stop early. A few fixed buffers: whoever is ahead waits.
class BytePipe {
 public:
  BytePipe();

  // The writing side. space() gives room for at least one byte, or an empty span when the reader has gone
  // away; wrote() passes a prefix of it on.
  std::span<std::byte> space();
  void wrote(std::size_t size);
  void finish(std::optional<Error> failure = std::nullopt);

  // The reading side. next() gives the bytes that follow (valid until the next call), an empty view at the
  // end, or the writer's failure.
  Result<ByteView> next();
  void abandon();

 private:
  struct Chunk {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Chunk> chunks_;
  std::size_t written_ = 0;  // chunks, ever
  std::size_t read_ = 0;     // chunks given out by next(), ever
  bool reading_ = false;     // the last of them is still in the reader's hands
  bool finished_ = false;
  bool abandoned_ = false;
  std::optional<Error> failure_;
};

// The reading side as a source; abandons the pipe when it goes.
class PipeSource : public ByteSource {
 public:
  explicit PipeSource(BytePipe& pipe) : pipe_(pipe) {}
  PipeSource(const PipeSource&) = delete;
  PipeSource& operator=(const PipeSource&) = delete;
  ~PipeSource() override { pipe_.abandon(); }
  Result<std::size_t> read(std::span<std::byte> buffer) override;

 private:
  BytePipe& pipe_;
  ByteView rest_;
};

// Passes what it is given on to another sink, which works on a thread of its own from the first full buffer
// on. Writes may fail with the other sink's error late; finish() waits for it and must be called last.
class AsyncSink : public ByteSink {
 public:
  explicit AsyncSink(ByteSink& next) : next_(next) {}  // borrowed
  AsyncSink(const AsyncSink&) = delete;
  AsyncSink& operator=(const AsyncSink&) = delete;
  ~AsyncSink() override;
  Result<void> write(ByteView data) override;
  Result<void> finish();

 private:
  void run();
  void stop(std::optional<Error> failure);

  ByteSink& next_;
  BytePipe pipe_;
  std::span<std::byte> space_;
  std::size_t used_ = 0;  // of space_
  Result<void> result_;   // of the thread, once it is joined
  std::thread thread_;
};

}  // namespace mbuild::builder
