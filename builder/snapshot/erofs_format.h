// The parts of the EROFS on-disk format that the index uses (Linux, fs/erofs/erofs_fs.h, and
// Documentation/filesystems/erofs.rst). All numbers are little endian.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mbuild::builder::erofs {

// The smallest block that the kernel takes, and tar's: contents are mapped where they lie in the archive.
inline constexpr std::uint32_t kBlockBits = 9;
inline constexpr std::uint32_t kBlock = 1 << kBlockBits;

inline constexpr std::uint64_t kSuperblockOffset = 1024;
inline constexpr std::uint64_t kSuperblockSize = 128;
inline constexpr std::uint32_t kMagic = 0xE0F5E1E2;
inline constexpr std::uint32_t kFeatureMtime = 0x2;        // compatible
inline constexpr std::uint32_t kFeatureChunkedFile = 0x4;  // incompatible
inline constexpr std::uint32_t kFeatureDeviceTable = 0x8;  // incompatible
inline constexpr std::uint64_t kDeviceSlotSize = 128;
inline constexpr std::uint64_t kDeviceSlotOffset = kSuperblockOffset + kSuperblockSize;

// Inodes lie at multiples of 32 bytes, by which they are numbered.
inline constexpr std::uint64_t kInodeSlot = 32;
inline constexpr std::uint64_t kInodeSize = 64;  // the extended form
inline constexpr std::uint64_t kFirstInode = 3 * kBlock;

enum class Layout : std::uint16_t { plain = 0, inline_tail = 2, chunks = 4 };
inline std::uint16_t inode_format(Layout layout) {
  return static_cast<std::uint16_t>(1 | static_cast<std::uint16_t>(layout) << 1);  // 1: extended
}

inline constexpr std::uint16_t kChunkIndexes = 0x20;
inline constexpr std::uint64_t kChunkIndexSize = 8;
inline constexpr std::uint64_t kNoBlock = 0xffffffff;

inline constexpr std::uint64_t kDirentSize = 12;
inline constexpr std::uint64_t kXattrHeaderSize = 12;
inline constexpr std::uint64_t kXattrEntrySize = 4;

inline std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

// Little-endian fields, written into a buffer that is large enough.
inline void put(std::string& out, std::uint64_t offset, std::uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out[offset + i] = static_cast<char>(value >> (8 * i) & 0xff);
}
inline void put(std::string& out, std::uint64_t offset, std::string_view bytes) {
  out.replace(offset, bytes.size(), bytes);
}

}  // namespace mbuild::builder::erofs
