// Pushing: blobs that are missing, then manifests, then the tag (distribution-spec "Push").
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "registry/base/keyed_locks.h"
#include "registry/remote/client.h"
#include "registry/remote/endpoint.h"

namespace mbuild::remote {

struct PushLimits {
  unsigned parallel = 4;    // uploads at once
  std::uint64_t chunk = 0;  // bytes a request; 0: a blob in one, smaller when the server refuses that
};

// Blobs that a registry was seen to have, so that further tags of an image cost a request each, and those on
// their way there, so that none is sent twice at a time. Thread-safe.
class KnownBlobs {
 public:
  bool contains(const Endpoint& endpoint, const oci::Digest& digest) const;
  // Runs `send` and, when it succeeds, remembers the blob. Does nothing when the blob is there already, or
  // is there after another caller who was sending it: this waits for him.
  Result<void> once(const Endpoint& endpoint, const oci::Digest& digest,
                    const std::function<Result<void>()>& send);
  void forget_all();

 private:
  mutable std::mutex mutex_;
  std::set<std::string> blobs_;  // key_of() them
  KeyedLocks under_way_;
};

// As RegistryClient::push_blob, to one endpoint.
Result<void> push_blob(const Endpoint& endpoint, const oci::Descriptor& blob,
                       const RegistryClient::BlobProvider& blobs, const PushLimits& limits,
                       KnownBlobs& known);

// As RegistryClient::push, to one endpoint.
Result<void> push_image(const Endpoint& endpoint, const oci::Reference& reference,
                        const RegistryClient::PushImage& image, const RegistryClient::BlobProvider& blobs,
                        const PushLimits& limits, KnownBlobs& known, const ByteProgress& progress);

}  // namespace mbuild::remote
