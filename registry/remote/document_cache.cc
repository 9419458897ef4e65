#include "registry/remote/document_cache.h"

namespace mbuild::remote {

std::optional<std::string> DocumentCache::find(const oci::Digest& digest) const {
  if (!store_) return std::nullopt;
  auto found = store_->read(digest);
  return found ? std::move(*found) : std::nullopt;
}

void DocumentCache::keep(const std::string& document) const {
  if (!store_ || store_->contains(oci::Digest::of(document))) return;
  auto kept = store_->put(document);
  (void)kept;
}

}  // namespace mbuild::remote
