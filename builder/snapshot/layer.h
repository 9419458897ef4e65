// Layer: one entry of the store's `layers/` folder, and chains of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "registry/base/compress.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

// A compressed (or plain) tarball of the layer that is, or can be had, under its digest.
struct LayerBlob {
  oci::Digest digest;
  std::uint64_t size = 0;
  Compression compression = Compression::gzip;
  std::string source;  // the image reference it was pulled from; empty when it is in blobs/
};

// Immutable once in the store. What is learned later (diffID, blobs) is added to the record by rename.
struct Layer {
  std::string id;           // the folder's name
  oci::Digest fingerprint;  // of the content, without mtimes; the diffID for layers that were pulled
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;   // of its regular files
  std::int64_t created = 0;  // seconds since the epoch, when a step made it; 0 for layers that were pulled
  bool whiteouts = false;    // fs/ holds whiteouts or opaque directories
  bool hides_lower = false;  // its root is opaque: nothing below it is seen
  // Directories that the archive has files in but no entry for. Where a lower layer has them, theirs are the
  // mode and owner.
  std::vector<std::string> implied_directories;
  bool empty() const { return entries == 0; }
};

using LayerPtr = std::shared_ptr<const Layer>;
using LayerChain = std::vector<LayerPtr>;  // lowest first

}  // namespace mbuild::builder
