// Uploading a blob (distribution-spec "Pushing blobs"): skipped when it is there, mounted when another
// repository has it, else sent, and taken up again where it was cut off.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "registry/base/stream.h"
#include "registry/oci/descriptor.h"
#include "registry/remote/endpoint.h"

namespace mbuild::remote {

struct BlobUpload {
  oci::Descriptor descriptor;
  // Opens the content from its begin; asked for when it is needed, and again to take up a cut upload.
  std::function<Result<std::unique_ptr<ByteSource>>()> open;
  std::vector<std::string> mount_from;             // repositories of the same registry
  std::uint64_t chunk = 0;                         // bytes a request; 0: all in one
  std::function<void(std::uint64_t bytes)> moved;  // called as bytes are sent; may count some twice
  CancelFlag cancel;                               // of this upload alone; may be null
};

// Blocks until the registry has the blob. A registry that answers 413 gets smaller chunks.
Result<void> upload_blob(const Endpoint& endpoint, const BlobUpload& upload);

}  // namespace mbuild::remote
