// CacheIndex: what a cache elsewhere holds: results of steps by their keys, and the blobs that they lie in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/base/result.h"
#include "registry/oci/descriptor.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

// A layer of the cache. In the index of an image that carries its own cache (`type=inline`) there is no blob:
// the layer is that of the image which has this diffID.
struct CachedLayer {
  oci::Digest diff_id;
  std::optional<oci::Descriptor> blob;  // media type, digest and size
};

// What a step gave; see ActionResult. Times are seconds, but for those that tell which files the step touched
// (LayerRecord), which are nanoseconds.
struct CachedStep {
  oci::Digest key;
  std::size_t layer = 0;  // index into CacheIndex::layers
  oci::Digest fingerprint;
  std::int64_t created = 0;
  std::int64_t touched_from = 0;
  std::int64_t touched_to = 0;
};

// The contents of a cache mount, as a tarball.
struct CachedMount {
  std::string identity;  // digest of what tells one cache mount from another, in hex
  oci::Descriptor blob;
};

struct CacheIndex {
  std::vector<CachedLayer> layers;
  std::vector<CachedStep> steps;
  std::vector<CachedMount> mounts;

  // A JSON document, the same for equal indexes.
  std::string encode() const;
  // Nothing in it is believed: `corrupt` for what is not of this form, with digests, sizes, times and
  // positions that can be.
  static Result<CacheIndex> decode(std::string_view json);
};

}  // namespace mbuild::builder
