// LayerStore: the `layers/`, `blobs/` and `work/` folders of the store (DESIGN.md, "The store").
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "builder/snapshot/layer.h"
#include "registry/base/compress.h"
#include "registry/base/stream.h"
#include "registry/oci/content_store.h"
#include "registry/oci/descriptor.h"

namespace mbuild::builder {

class LayerFolders;

// The uncompressed tarball of a layer, as OCI sees it.
struct LayerTar {
  oci::Digest diff_id;
  std::uint64_t size = 0;
};

// Safe for any threads and processes. Layers appear by rename, whole; what is given out stays (LayerLedger).
class LayerStore {
 public:
  // Creates the folders that are missing and removes what dead processes left in `work/`.
  static Result<std::unique_ptr<LayerStore>> open(const std::string& store_root);
  virtual ~LayerStore() = default;

  virtual const oci::ContentStore& blobs() const = 0;
  virtual const std::string& root() const = 0;

  // not_found names the id. A layer of an earlier boot that nobody has used since is read whole and verified
  // first, and is not found when it is damaged (DESIGN.md, "Crash rule").
  virtual Result<LayerPtr> find(const std::string& id) = 0;

  // The layer with this diffID that was imported before, or null.
  virtual Result<LayerPtr> find_imported(const oci::Digest& diff_id) = 0;
  // Unpacks a layer blob (compressed as it comes) whose uncompressed bytes must have `diff_id`: one pass over
  // the bytes. The blob itself is kept in blobs/ as it came. Hostile archives cannot write outside the layer
  // and are refused with the entry's name. `limit` bounds the unpacked bytes (0: 64 GiB). Nothing is left of
  // an import that fails.
  virtual Result<LayerPtr> import(std::unique_ptr<ByteSource> blob, const oci::Descriptor& descriptor,
                                  const oci::Digest& diff_id, std::uint64_t limit) = 0;

  // The same for a layer that a step made in another store: it becomes what it was there, a layer of this id,
  // fingerprint, time and touched times (LayerRecord), whose tarball is made anew where its times are cut.
  // What the blob holds is proven by `diff_id`; that it is what such a step gives is the caller's to believe.
  struct ForeignLayer {
    std::string id;
    oci::Digest fingerprint;
    std::int64_t created = 0;
    std::int64_t touched_from = 0;
    std::int64_t touched_to = 0;
  };
  virtual Result<LayerPtr> adopt(std::unique_ptr<ByteSource>, const oci::Descriptor&, const oci::Digest&,
                                 std::uint64_t, const ForeignLayer& layer) {
    return fail(ErrorKind::unsupported, "take in layer " + layer.id);
  }

  // Writes the deterministic tarball (SEMANTICS B3) and says what it is. Imported layers give the bytes they
  // came as, and `clamp_mtime` - SOURCE_DATE_EPOCH with rewrite-timestamp, in seconds - does not touch them.
  // The sink may be called from another thread, while this call lasts.
  virtual Result<LayerTar> write_tar(const Layer& layer, ByteSink& sink,
                                     std::optional<std::int64_t> clamp_mtime = std::nullopt) = 0;
  // diffID and size alone; remembered, so that the second call costs nothing.
  virtual Result<LayerTar> tar_info(const Layer& layer,
                                    std::optional<std::int64_t> clamp_mtime = std::nullopt) = 0;
  // The layer as a blob in blobs/, tarred, hashed and compressed in one pass; remembered, and made by one
  // thread when several want it at once. A blob that was pulled is given as it came unless `force` and its
  // compression differs.
  virtual Result<LayerBlob> ensure_blob(const Layer& layer, const CompressionOptions& compression, bool force,
                                        std::optional<std::int64_t> clamp_mtime = std::nullopt) = 0;

  // The files behind it, for snapshotters.
  virtual LayerFolders& folders() = 0;
};

}  // namespace mbuild::builder
