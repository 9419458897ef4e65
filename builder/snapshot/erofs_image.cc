#include "builder/snapshot/erofs_image.h"

#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "builder/snapshot/directory.h"
#include "builder/snapshot/erofs_directory.h"
#include "builder/snapshot/erofs_format.h"
#include "builder/snapshot/erofs_xattrs.h"

namespace mbuild::builder {

namespace {

using erofs::Layout;
using oci::EntryType;

std::uint32_t type_bits(EntryType type) {
  switch (type) {
    case EntryType::directory:
      return S_IFDIR;
    case EntryType::symlink:
      return S_IFLNK;
    case EntryType::character_device:
      return S_IFCHR;
    case EntryType::block_device:
      return S_IFBLK;
    case EntryType::fifo:
      return S_IFIFO;
    default:
      return S_IFREG;
  }
}

// The kernel's new_encode_dev().
std::uint32_t encode_device(const ErofsNode& node) {
  return (node.device_minor & 0xff) | node.device_major << 8 | (node.device_minor & ~0xffU) << 12;
}

// The chunk that holds a whole file: 2^bits blocks.
std::uint16_t chunk_bits(std::uint64_t size) {
  std::uint16_t bits = 0;
  while (std::uint64_t{erofs::kBlock} << bits < size) ++bits;
  return bits;
}

std::uint64_t number_of(const ErofsNode& node) {
  return node.position / erofs::kInodeSlot;
}

// An inode and what is stored with it.
struct Inode {
  ErofsNode* node = nullptr;
  std::string xattrs;
  std::uint64_t size = 0;     // i_size
  std::uint64_t content = 0;  // bytes in this image: directories and symlinks
  Layout layout = Layout::plain;
  std::uint64_t block = 0;  // of the content when it is not inline

  std::uint64_t head() const { return erofs::kInodeSize + xattrs.size(); }
};

class ImageWriter {
 public:
  explicit ImageWriter(std::uint64_t archive_size) : archive_size_(archive_size) {}

  Result<std::string> write(ErofsTree& tree) {
    if (archive_size_ >> erofs::kBlockBits >= erofs::kNoBlock) {
      return fail(ErrorKind::unsupported, "an archive above 2 TiB");
    }
    MBUILD_CHECK(place(tree.root()));
    for (Inode& inode : inodes_) place_content(inode);
    image_.resize(erofs::round_up(end_, erofs::kBlock));
    write_superblock(tree.root());
    for (const Inode& inode : inodes_) write_inode(inode);
    return std::move(image_);
  }

 private:
  // Parents first, names in order; a file with several names where the first is.
  Result<void> place(ErofsNode& node) {
    if (node.position != 0) return {};
    MBUILD_CHECK(place_inode(node));
    for (const auto& [name, child] : node.children) MBUILD_CHECK(place(*child));
    return {};
  }

  Result<void> place_inode(ErofsNode& node) {
    Inode inode;
    inode.node = &node;
    if (node.xattrs) inode.xattrs = MBUILD_TRY(encode_xattrs(*node.xattrs));
    std::uint64_t extent = inode.head();
    if (node.is_directory()) {
      inode.size = inode.content = directory_size(node);
    } else if (node.type == EntryType::symlink) {
      inode.size = inode.content = node.link.size();
    } else if (node.size != 0) {
      inode.size = node.size;
      inode.layout = Layout::chunks;
      extent = erofs::round_up(extent, erofs::kChunkIndexSize) + erofs::kChunkIndexSize;
    }
    if (inode.content != 0 && extent + inode.content <= erofs::kBlock) {
      inode.layout = Layout::inline_tail;
      extent += inode.content;
    }
    // What is inline must not cross a block's end; nothing else likes to.
    std::uint64_t position = erofs::round_up(end_, erofs::kInodeSlot);
    if (position % erofs::kBlock + extent > erofs::kBlock)
      position = erofs::round_up(position, erofs::kBlock);
    node.position = position;
    end_ = position + extent;
    inodes_.push_back(std::move(inode));
    return {};
  }

  void place_content(Inode& inode) {
    if (inode.layout != Layout::plain || inode.content == 0) return;
    end_ = erofs::round_up(end_, erofs::kBlock);
    inode.block = end_ / erofs::kBlock;
    end_ += inode.content;
  }

  void write_superblock(const ErofsNode& root) {
    const auto put = [&](std::uint64_t offset, std::uint64_t value, unsigned bytes) {
      erofs::put(image_, erofs::kSuperblockOffset + offset, value, bytes);
    };
    put(0, erofs::kMagic, 4);
    put(8, erofs::kFeatureMtime, 4);
    put(12, erofs::kBlockBits, 1);
    put(14, number_of(root), 2);
    put(16, inodes_.size(), 8);
    put(36, image_.size() / erofs::kBlock, 4);
    put(80, erofs::kFeatureChunkedFile | erofs::kFeatureDeviceTable, 4);
    put(86, 1, 2);  // one extra device
    put(88, erofs::kDeviceSlotOffset / erofs::kDeviceSlotSize, 2);
    erofs::put(image_, erofs::kDeviceSlotOffset + 64, (archive_size_ + erofs::kBlock - 1) / erofs::kBlock, 4);
  }

  void write_inode(const Inode& inode) {
    const ErofsNode& node = *inode.node;
    const auto put = [&](std::uint64_t offset, std::uint64_t value, unsigned bytes) {
      erofs::put(image_, node.position + offset, value, bytes);
    };
    put(0, erofs::inode_format(inode.layout), 2);
    put(2, xattr_count(inode.xattrs), 2);
    put(4, type_bits(node.type) | node.mode, 2);
    put(8, inode.size, 8);
    put(16, location_of(inode), 4);
    put(20, number_of(node), 4);
    put(24, node.uid, 4);
    put(28, node.gid, 4);
    const timespec mtime = timespec_of(node.mtime);
    put(32, static_cast<std::uint64_t>(mtime.tv_sec), 8);
    put(40, static_cast<std::uint64_t>(mtime.tv_nsec), 4);
    put(44, node.is_directory() ? directory_links(node) : node.links, 4);
    erofs::put(image_, node.position + erofs::kInodeSize, inode.xattrs);
    if (inode.layout == Layout::chunks) {
      const std::uint64_t index = node.position + erofs::round_up(inode.head(), erofs::kChunkIndexSize);
      erofs::put(image_, index + 2, 1, 2);  // device 1
      erofs::put(image_, index + 4, node.data_offset / erofs::kBlock, 4);
    } else if (inode.content != 0) {
      const std::uint64_t at =
          inode.layout == Layout::inline_tail ? node.position + inode.head() : inode.block * erofs::kBlock;
      erofs::put(image_, at, node.is_directory() ? encode_directory(node) : node.link);
    }
  }

  // The union i_u.
  static std::uint64_t location_of(const Inode& inode) {
    const ErofsNode& node = *inode.node;
    if (node.type == EntryType::character_device || node.type == EntryType::block_device) {
      return encode_device(node);
    }
    if (inode.layout == Layout::chunks) return chunk_bits(node.size) | erofs::kChunkIndexes;
    return inode.layout == Layout::plain && inode.content != 0 ? inode.block : erofs::kNoBlock;
  }

  std::uint64_t archive_size_;
  std::uint64_t end_ = erofs::kFirstInode;
  std::vector<Inode> inodes_;
  std::string image_;
};

}  // namespace

Result<std::string> make_erofs_image(ErofsTree& tree, std::uint64_t archive_size) {
  return ImageWriter(archive_size).write(tree);
}

}  // namespace mbuild::builder
