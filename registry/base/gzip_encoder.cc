// make_gzip_format.
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>

#include <algorithm>
#include <array>

#include "registry/base/gzip.h"

namespace mbuild {

namespace {

constexpr std::size_t kBlockSize = 512 << 10;
constexpr std::size_t kStoredLimit = 65535;  // RFC 1951 3.2.4
// From this level on libdeflate: ISA-L, whose levels end where `gzip -1` is, has the ones below.
constexpr int kLowestSmallLevel = 4;

// ID1 ID2 CM=deflate FLG=0 MTIME=0 XFL=0 OS=unknown, as Go's compress/gzip writes it.
constexpr std::array<unsigned char, 10> kHeader = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff};

void append(std::vector<std::byte>& output, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) output.push_back(static_cast<std::byte>(value >> (8 * i)));
}

// A member that holds the data as it is.
void store(ByteView data, std::vector<std::byte>& output) {
  const ByteView header = std::as_bytes(std::span(kHeader));
  output.assign(header.begin(), header.end());
  const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
  const std::uint32_t checksum = crc32_gzip_refl(0, bytes, data.size());
  const auto whole = static_cast<std::uint32_t>(data.size());
  do {
    const std::size_t size = std::min(data.size(), kStoredLimit);
    const auto length = static_cast<std::uint32_t>(size);
    append(output, size == data.size() ? 1 : 0, 1);  // BFINAL, BTYPE=00
    append(output, length, 2);
    append(output, ~length, 2);
    output.insert(output.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size));
    data = data.subspan(size);
  } while (!data.empty());
  append(output, checksum, 4);
  append(output, whole, 4);
}

class StoringEncoder : public BlockEncoder {
 public:
  Result<void> encode(ByteView block, std::vector<std::byte>& output) override {
    store(block, output);
    return {};
  }
};

class FastEncoder : public BlockEncoder {
 public:
  explicit FastEncoder(int isal_level) : isal_level_(isal_level) {}

  Result<void> encode(ByteView block, std::vector<std::byte>& output) override {
    isal_deflate_init(&stream_);
    stream_.level = static_cast<std::uint32_t>(isal_level_);
    stream_.level_buf = buffer_.data();
    stream_.level_buf_size = static_cast<std::uint32_t>(buffer_.size());
    stream_.gzip_flag = IGZIP_GZIP;
    stream_.end_of_stream = 1;
    stream_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(block.data()));
    stream_.avail_in = static_cast<std::uint32_t>(block.size());
    // Incompressible input is stored, at 5 bytes for 64 kB at most.
    output.resize(block.size() + block.size() / 1024 + 1024);
    stream_.next_out = reinterpret_cast<std::uint8_t*>(output.data());
    stream_.avail_out = static_cast<std::uint32_t>(output.size());
    if (isal_deflate(&stream_) != COMP_OK || stream_.avail_in != 0 || stream_.avail_out == 0) {
      return fail(ErrorKind::internal, "gzip: ISA-L could not compress a block");
    }
    output.resize(stream_.total_out);
    return {};
  }

 private:
  // Room for 4096 tokens before a deflate block is closed: codes that fit the data more closely compressed
  // rootfs tars better than the larger buffers that ISA-L proposes, at the same speed.
  static constexpr std::size_t kLevelBuffer = std::max(ISAL_DEF_LVL1_REQ, ISAL_DEF_LVL2_REQ) + 4 * 4096;

  int isal_level_;
  isal_zstream stream_;
  std::array<std::uint8_t, kLevelBuffer> buffer_;
};

// Says of data that is compressed or encrypted already that it is: trying to compress it would be what takes
// most of the time. A sixteenth of the block is looked at.
class Judge {
 public:
  Result<bool> is_incompressible(ByteView block) {
    constexpr std::size_t pieces = 16, stride = kBlockSize / pieces, piece = stride / 16;
    if (block.size() < kBlockSize) return false;
    sample_.clear();
    for (std::size_t i = 0; i < pieces; ++i) {
      // Not at multiples of anything: contents have periods, too.
      const std::size_t within = i * 13337 % (stride - piece);
      const ByteView part = block.subspan(i * stride + within, piece);
      sample_.insert(sample_.end(), part.begin(), part.end());
    }
    MBUILD_CHECK(encoder_.encode(sample_, encoded_));
    return encoded_.size() > sample_.size() * 98 / 100;
  }

 private:
  FastEncoder encoder_{1};
  std::vector<std::byte> sample_, encoded_;
};

class SmallEncoder : public BlockEncoder {
 public:
  explicit SmallEncoder(int level) : compressor_(libdeflate_alloc_compressor(level)) {}

  Result<void> encode(ByteView block, std::vector<std::byte>& output) override {
    if (!compressor_) return fail(ErrorKind::internal, "gzip: no memory for a compressor");
    if (MBUILD_TRY(judge_.is_incompressible(block))) {
      store(block, output);
      return {};
    }
    output.resize(libdeflate_gzip_compress_bound(compressor_.get(), block.size()));
    output.resize(libdeflate_gzip_compress(compressor_.get(), block.data(), block.size(), output.data(),
                                           output.size()));
    if (output.empty()) return fail(ErrorKind::internal, "gzip: libdeflate could not compress a block");
    return {};
  }

 private:
  struct Free {
    void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
  };
  std::unique_ptr<libdeflate_compressor, Free> compressor_;
  Judge judge_;
};

class GzipFormat : public BlockFormat {
 public:
  explicit GzipFormat(int level) : level_(level) {}

  std::size_t block_size() const override { return kBlockSize; }

  std::unique_ptr<BlockEncoder> make_encoder() const override {
    if (level_ == 0) return std::make_unique<StoringEncoder>();
    if (level_ >= kLowestSmallLevel) return std::make_unique<SmallEncoder>(level_);
    // Not ISA-L's level 3: its output depends on the vector instructions that the CPU has.
    return std::make_unique<FastEncoder>(level_ == 1 ? 1 : 2);
  }

  std::vector<std::byte> nothing() const override {
    std::vector<std::byte> bytes;
    store({}, bytes);
    return bytes;
  }

 private:
  int level_;
};

}  // namespace

std::unique_ptr<BlockFormat> make_gzip_format(int level) {
  return std::make_unique<GzipFormat>(level);
}

}  // namespace mbuild
