// The fingerprint of an unpacked layer.
#pragma once

#include <cstdint>

#include "registry/base/result.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

// Nanoseconds since the epoch, both ends included.
struct TimeRange {
  std::int64_t from = 0;
  std::int64_t to = 0;
  bool contains(std::int64_t time) const { return time >= from && time <= to; }
};

struct LayerContent {
  oci::Digest fingerprint;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  // of regular files, each inode once
  bool whiteouts = false;
};

// Over all that the tarball of `fs` would hold, in its order: path, type, mode, owner, link, device,
// security.capability, contents, and the mtime (in whole seconds, as there) of what was not `touched`.
// Large and many files are read by as many threads as there are processors.
Result<LayerContent> fingerprint_layer(int fs, const TimeRange& touched);

}  // namespace mbuild::builder
