// make_gzip_format.
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "registry/base/gzip.h"

namespace mbuild {

namespace {

constexpr std::size_t kBlockSize = 1 << 20;
constexpr std::size_t kStoredLimit = 65535;  // RFC 1951 3.2.4

// ID1 ID2 CM=deflate FLG=0 MTIME=0 XFL=0 OS=unknown, as Go's compress/gzip writes it.
constexpr std::array<unsigned char, 10> kHeader = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff};
std::byte byte_of(std::uint32_t value, int index) {
  return static_cast<std::byte>(value >> (8 * index));
}

class StoringEncoder : public BlockEncoder {
 public:
  Result<void> encode(ByteView block, std::vector<std::byte>& output) override {
    output.clear();
    while (!block.empty()) {
      const std::size_t size = std::min(block.size(), kStoredLimit);
      const auto length = static_cast<std::uint32_t>(size);
      for (const std::byte byte :
           {std::byte{0}, byte_of(length, 0), byte_of(length, 1), byte_of(~length, 0), byte_of(~length, 1)}) {
        output.push_back(byte);
      }
      output.insert(output.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(size));
      block = block.subspan(size);
    }
    return {};
  }
};

class DeflatingEncoder : public BlockEncoder {
 public:
  explicit DeflatingEncoder(int isal_level) : isal_level_(isal_level) {}

  Result<void> encode(ByteView block, std::vector<std::byte>& output) override {
    isal_deflate_init(&stream_);
    stream_.level = static_cast<std::uint32_t>(isal_level_);
    stream_.level_buf = buffer_.data();
    stream_.level_buf_size = static_cast<std::uint32_t>(buffer_.size());
    stream_.flush = FULL_FLUSH;
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

class GzipFormat : public BlockFormat {
 public:
  explicit GzipFormat(int level) : level_(level) {}

  std::size_t block_size() const override { return kBlockSize; }

  std::unique_ptr<BlockEncoder> make_encoder() const override {
    if (level_ == 0) return std::make_unique<StoringEncoder>();
    // Not ISA-L's level 3: its output depends on the vector instructions that the CPU has.
    return std::make_unique<DeflatingEncoder>(level_ == 1 ? 1 : 2);
  }

  std::vector<std::byte> head() override {
    const ByteView bytes = std::as_bytes(std::span(kHeader));
    return {bytes.begin(), bytes.end()};
  }

  void look_at(ByteView data) override {
    crc_ = crc32_gzip_refl(crc_, reinterpret_cast<const unsigned char*>(data.data()), data.size());
    size_ += static_cast<std::uint32_t>(data.size());
  }

  // An empty final block with fixed codes, since every block so far said that it is not the last; CRC32;
  // ISIZE.
  std::vector<std::byte> tail() override {
    std::vector<std::byte> bytes = {std::byte{0x03}, std::byte{0x00}};
    for (const std::uint32_t value : {crc_, size_}) {
      for (int i = 0; i < 4; ++i) bytes.push_back(byte_of(value, i));
    }
    return bytes;
  }

 private:
  int level_;
  std::uint32_t crc_ = 0;
  std::uint32_t size_ = 0;  // modulo 2^32, as RFC 1952 has it
};

}  // namespace

std::unique_ptr<BlockFormat> make_gzip_format(int level) {
  return std::make_unique<GzipFormat>(level);
}

}  // namespace mbuild
