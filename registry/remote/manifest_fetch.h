// Manifests and indexes of one repository (distribution-spec "Pulling manifests").
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "registry/oci/descriptor.h"
#include "registry/oci/reference.h"
#include "registry/remote/endpoint.h"

namespace mbuild::remote {

// What a manifest is called in a URL: its digest when there is one, else the tag.
std::string manifest_name(const oci::Reference& reference);

// What a manifest or index says of itself (image-spec manifest.md, "mediaType").
Result<oci::Descriptor> describe_manifest(const std::string& json);

// GET. The bytes are verified against the reference's digest, or what the server says of them, and the
// descriptor describes them. `not_found` when it does not exist.
Result<std::pair<oci::Descriptor, std::string>> fetch_manifest(const Endpoint& endpoint,
                                                               const oci::Reference& reference);

// HEAD, which costs no pull where those are counted; a server that does not tell the digest is asked by GET.
Result<oci::Descriptor> head_manifest(const Endpoint& endpoint, const oci::Reference& reference);

}  // namespace mbuild::remote
