// Indexes of layer archives: making one ends, accepts what unpacking accepts, and points nowhere but into the
// archive and itself.
#include <sys/stat.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>

#include "builder/snapshot/erofs_format.h"
#include "builder/snapshot/layer_index.h"
#include "registry/base/fs_at.h"
#include "registry/base/memory_stream.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace mbuild;
namespace erofs = builder::erofs;

void require(bool holds) {
  if (!holds) std::abort();
}

// Reads an image as the kernel would.
class Checker {
 public:
  Checker(const std::string& image, std::uint64_t archive_size)
      : image_(image), archive_size_(archive_size) {}

  void check() { inode(number(erofs::kSuperblockOffset + 14, 2)); }

 private:
  std::uint64_t number(std::uint64_t offset, unsigned bytes) const {
    require(offset + bytes <= image_.size());
    std::uint64_t value = 0;
    std::memcpy(&value, image_.data() + offset, bytes);
    return value;
  }

  void inode(std::uint64_t nid) {
    if (!seen_.insert(nid).second) return;
    const std::uint64_t at = nid * erofs::kInodeSlot;
    const std::uint64_t layout = number(at, 2) >> 1;
    const std::uint64_t xattrs = number(at + 2, 2);
    const std::uint64_t mode = number(at + 4, 2);
    const std::uint64_t size = number(at + 8, 8);
    std::uint64_t tail = at + erofs::kInodeSize + (xattrs == 0 ? 0 : 12 + 4 * (xattrs - 1));
    require(tail <= image_.size());
    if (layout == static_cast<std::uint64_t>(erofs::Layout::chunks)) {
      tail = erofs::round_up(tail, erofs::kChunkIndexSize);
      require(number(tail + 2, 2) == 1);
      require(number(tail + 4, 4) * erofs::kBlock + size <= archive_size_);
      return;
    }
    if (size == 0) return;
    const bool is_inline = layout == static_cast<std::uint64_t>(erofs::Layout::inline_tail);
    const std::uint64_t start = is_inline ? tail : number(at + 16, 4) * erofs::kBlock;
    require(start + size <= image_.size());
    if (is_inline) require(start % erofs::kBlock + size <= erofs::kBlock);
    if (S_ISDIR(mode)) directory(start, size);
  }

  void directory(std::uint64_t start, std::uint64_t size) {
    for (std::uint64_t at = 0; at < size; at += erofs::kBlock) {
      const std::uint64_t length = std::min<std::uint64_t>(erofs::kBlock, size - at);
      const std::uint64_t names = number(start + at + 8, 2);
      require(names % erofs::kDirentSize == 0 && names <= length);
      for (std::uint64_t entry = 0; entry < names; entry += erofs::kDirentSize) {
        require(number(start + at + entry + 8, 2) < length);
        inode(number(start + at + entry, 8));
      }
    }
  }

  const std::string& image_;
  std::uint64_t archive_size_;
  std::set<std::uint64_t> seen_;
};

Result<oci::ArchiveReader> open(std::string_view bytes) {
  oci::ArchiveOptions options;
  options.limits.bytes = 1 << 20;
  options.limits.entries = 1000;
  return oci::ArchiveReader::open(std::make_unique<MemorySource>(bytes), options);
}

// Makes an empty folder.
Fd fresh(const test::TempDir& dir) {
  require(fs_at::remove_tree(dir.fd(), "fs").has_value());
  require(::mkdirat(dir.fd(), "fs", 0755) == 0);
  return Fd(::openat(dir.fd(), "fs", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static test::TempDir dir;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto archive = open(bytes);
  if (!archive) return 0;
  const auto index = builder::index_layer(*archive);
  if (!index && index.error().kind() == ErrorKind::unsupported) return 0;
  if (index) Checker(index->image, size).check();

  auto again = open(bytes);
  const Fd fs = fresh(dir);
  const auto applied =
      builder::apply_layer(*again, fs.get(), builder::OverlayForm(builder::OverlayForm::Xattrs::trusted));
  require(applied.has_value() == index.has_value());
  if (!index) return 0;
  require(applied->entries == index->content.entries && applied->bytes == index->content.bytes);
  require(applied->implied_directories == index->content.implied_directories);
  return 0;
}
