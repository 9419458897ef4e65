// DocumentCache: manifests, indexes and configs that were fetched before, so that a tag which has not moved
// costs one HEAD - which registries that count pulls do not count.
#pragma once

#include <optional>
#include <string>

#include "registry/oci/content_store.h"
#include "registry/oci/digest.h"

namespace mbuild::remote {

// Thread-safe. Without a store nothing is found, and nothing kept.
class DocumentCache {
 public:
  DocumentCache() = default;
  explicit DocumentCache(oci::ContentStore store) : store_(std::move(store)) {}

  // Verified. A blob that cannot be read, or is damaged, is one that is not there.
  std::optional<std::string> find(const oci::Digest& digest) const;
  // A failure costs a request later, and is no error.
  void keep(const std::string& document) const;

  bool enabled() const { return store_.has_value(); }

 private:
  std::optional<oci::ContentStore> store_;
};

}  // namespace mbuild::remote
