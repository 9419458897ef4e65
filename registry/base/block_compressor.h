// The machinery that the compressed formats share: cutting input into blocks of a fixed size and encoding
// them side by side, so that the bytes written depend on neither the number of threads nor the sizes of the
// writes.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "registry/base/compress.h"
#include "registry/base/worker_pool.h"

namespace mbuild {

// Encodes one block at a time. Used by one thread at a time.
class BlockEncoder {
 public:
  virtual ~BlockEncoder() = default;
  // Replaces `output` by the encoding of `block`, which is never empty.
  virtual Result<void> encode(ByteView block, std::vector<std::byte>& output) = 0;
};

// A format in which the encodings of blocks, one after the other, are the encoding of the whole.
class BlockFormat {
 public:
  virtual ~BlockFormat() = default;
  virtual std::size_t block_size() const = 0;
  virtual std::unique_ptr<BlockEncoder> make_encoder() const = 0;
  // The encoding of no input at all, which no bytes would not be taken for.
  virtual std::vector<std::byte> nothing() const = 0;
};

class BlockCompressor : public Compressor {
 public:
  // `cancel` as in CompressionOptions.
  BlockCompressor(ByteSink& output, std::unique_ptr<BlockFormat> format, unsigned threads,
                  const std::atomic<bool>* cancel);

  Result<void> write(ByteView data) override;
  Result<void> finish() override;

 private:
  // A block on its way: being filled, then being encoded (`encoding` is valid), then written.
  struct Slot {
    std::vector<std::byte> input;
    std::vector<std::byte> output;
    std::unique_ptr<BlockEncoder> encoder;
    std::future<Result<void>> encoding;
  };

  Slot& filling() { return slots_[next_]; }
  Result<void> encode_here();
  Result<void> encode_elsewhere();
  Result<void> drain(Slot& slot);

  ByteSink& output_;
  std::unique_ptr<BlockFormat> format_;
  unsigned threads_;
  const std::atomic<bool>* cancel_;
  bool empty_ = true;
  std::vector<Slot> slots_;  // a ring: `next_` is being filled, those after it are the oldest
  std::size_t next_ = 0;
  std::optional<WorkerPool> pool_;  // from the second block on; ends before the slots that it works on
};

}  // namespace mbuild
