// Copying an image from one registry to another, byte for byte.
#pragma once

#include <optional>

#include "registry/remote/client.h"

namespace mbuild::remote {

// Streams what the destination lacks, holding no blob as a whole; within one registry blobs are mounted.
// Without a platform everything behind the reference is copied - an index with all its manifests - and
// digests stay what they are; with one, the manifest for it alone. The clients may be the same. Gives the
// descriptor of what the destination now names.
Result<oci::Descriptor> copy_image(RegistryClient& from, const oci::Reference& source, RegistryClient& to,
                                   const oci::Reference& destination,
                                   const std::optional<oci::Platform>& platform,
                                   const ByteProgress& progress);

// Copies what says of the manifest `subject`, and of those in it when it is an index, that it belongs to it:
// referrers, theirs, and what cosign keeps under tags made of the digest. Gives how many there were.
Result<std::size_t> copy_referrers(RegistryClient& from, const oci::Reference& source, RegistryClient& to,
                                   const oci::Reference& destination, const oci::Digest& subject);

}  // namespace mbuild::remote
