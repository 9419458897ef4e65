// LayerRecord: what is known of a layer, as `layers/<id>/info.json` holds it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builder/snapshot/layer.h"
#include "registry/base/compress.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

// The layer's tarball, under one SOURCE_DATE_EPOCH clamp (seconds) or none.
struct TarRecord {
  std::optional<std::int64_t> clamp_mtime;
  oci::Digest diff_id;
  std::uint64_t size = 0;
};

// A blob of it in blobs/. `level` is what was asked for; pulled blobs have none.
struct BlobRecord {
  std::optional<std::int64_t> clamp_mtime;
  std::optional<int> level;
  bool pulled = false;
  oci::Digest digest;
  std::uint64_t size = 0;
  Compression compression = Compression::none;
};

struct LayerRecord {
  Layer layer;            // without the id, which is the folder's name
  bool imported = false;  // the blob is what the layer is; else fs/ is
  // The boot it was written in. Empty once it was read back whole in a later one: what the disk gives then is
  // there to stay. See DESIGN.md, "Crash rule".
  std::string boot;
  // mtimes in [touched_from, touched_to], nanoseconds, are no part of the fingerprint.
  std::int64_t touched_from = 0;
  std::int64_t touched_to = 0;
  std::vector<TarRecord> tars;
  std::vector<BlobRecord> blobs;

  const TarRecord* find_tar(std::optional<std::int64_t> clamp_mtime) const;
};

std::string encode(const LayerRecord& record);
// `corrupt` for anything that encode() does not write.
Result<LayerRecord> decode_layer_record(std::string_view json);

}  // namespace mbuild::builder
