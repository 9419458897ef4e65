// The fingerprint of an unpacked layer.
#pragma once

#include <cstdint>

#include "registry/base/result.h"
#include "registry/oci/digest.h"
#include "registry/oci/entry.h"

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

// Gathers the fingerprint of a layer from its files in the order of its tarball.
class ContentHash {
 public:
  // Files with an mtime in `touched` are of the step's own making.
  explicit ContentHash(const TimeRange& touched) : touched_(touched) {}
  const TimeRange& touched() const { return touched_; }
  // `content` is the digest of a regular file's bytes, else empty; of a whiteout there is only the path.
  void add(const oci::Entry& entry, const oci::Digest& content, bool whiteout);
  LayerContent finish();

 private:
  TimeRange touched_;
  oci::Sha256 hash_;
  LayerContent content_;
};

// Over all that the tarball of `fs` would hold, in its order: path, type, mode, owner, link, device,
// security.capability, contents, and the mtime (in whole seconds, as there) of what was not `touched`.
// Large and many files are read by as many threads as there are processors.
Result<LayerContent> fingerprint_layer(int fs, const TimeRange& touched);

}  // namespace mbuild::builder
