// From a reference to the manifest and config that a platform needs.
#pragma once

#include "registry/remote/client.h"
#include "registry/remote/document_cache.h"
#include "registry/remote/endpoint.h"

namespace mbuild::remote {

// As RegistryClient::resolve.
Result<ResolvedImage> resolve_image(Endpoints& endpoints, const DocumentCache& documents,
                                    const oci::Reference& reference, const oci::Platform& platform);

// As RegistryClient::manifest.
Result<std::pair<oci::Descriptor, std::string>> get_manifest(Endpoints& endpoints,
                                                             const DocumentCache& documents,
                                                             const oci::Reference& reference);

}  // namespace mbuild::remote
