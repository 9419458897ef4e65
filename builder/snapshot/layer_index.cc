#include "builder/snapshot/layer_index.h"

#include <algorithm>

#include "builder/snapshot/erofs_format.h"
#include "builder/snapshot/erofs_image.h"
#include "builder/snapshot/erofs_tree.h"

namespace mbuild::builder {

namespace {

class Indexer {
 public:
  Result<void> add(const oci::Entry& entry, std::optional<std::uint64_t> data_offset) {
    if (entry.type != oci::EntryType::regular || entry.size == 0) return tree_.add(entry, 0);
    if (!data_offset || *data_offset % erofs::kBlock != 0) {
      return fail(ErrorKind::unsupported, "a sparse file cannot be mapped");
    }
    end_ = std::max(end_, *data_offset + entry.size);
    return tree_.add(entry, *data_offset);
  }

  Result<LayerIndex> finish(std::uint64_t archive_size) {
    if (end_ > archive_size) return fail(ErrorKind::corrupt, "the archive ends within a member");
    LayerIndex index;
    index.content = tree_.summary();
    index.image = MBUILD_TRY(make_erofs_image(tree_, archive_size));
    return index;
  }

 private:
  ErofsTree tree_;
  std::uint64_t end_ = 0;  // of all data
};

}  // namespace

Result<LayerIndex> index_layer(oci::ArchiveReader& archive) {
  Indexer indexer;
  while (auto entry = MBUILD_TRY(archive.next())) {
    auto added = indexer.add(*entry, archive.data_offset());
    if (added) continue;
    if (added.error().kind() == ErrorKind::unsupported) MBUILD_CHECK(archive.drain());
    return std::unexpected(std::move(added).error().context("unpack \"" + entry->path + "\""));
  }
  MBUILD_CHECK(archive.drain());
  return indexer.finish(archive.source_size());
}

}  // namespace mbuild::builder
