// Pushing: blobs that are missing, then manifests, then the tag (distribution-spec "Push").
#pragma once

#include "registry/remote/client.h"
#include "registry/remote/endpoint.h"

namespace mbuild::remote {

struct PushLimits {
  unsigned parallel = 4;    // uploads at once
  std::uint64_t chunk = 0;  // bytes a request; 0: a blob in one, smaller when the server refuses that
};

// As RegistryClient::push, to one endpoint.
Result<void> push_image(const Endpoint& endpoint, const oci::Reference& reference,
                        const RegistryClient::PushImage& image, const RegistryClient::BlobProvider& blobs,
                        const PushLimits& limits, const ByteProgress& progress);

}  // namespace mbuild::remote
