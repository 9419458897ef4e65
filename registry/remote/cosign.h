// Signatures of images as cosign stores them (sigstore/cosign: specs/SIGNATURE_SPEC.md): an image under the
// tag "sha256-<hex>.sig" whose layers are signed statements about a manifest's digest.
#pragma once

#include <string>
#include <vector>

#include "registry/oci/digest.h"
#include "registry/oci/reference.h"
#include "registry/remote/client.h"
#include "registry/remote/key.h"

namespace mbuild::remote {

// Adds a signature of the manifest or index `digest` of a repository to those that there are.
Result<void> sign_image(RegistryClient& client, const oci::Reference& repository, const oci::Digest& digest,
                        const PrivateKey& key);

// Succeeds when one of the keys has signed. `corrupt` otherwise, with the reason why each signature that
// there is does not count; `not_found` when there is none.
Result<void> verify_image(RegistryClient& client, const oci::Reference& repository, const oci::Digest& digest,
                          const std::vector<PublicKey>& keys);

// What is signed: "simple signing" (containers/image: docs/atomic-signature.md) with cosign's type.
std::string signed_statement(const oci::Reference& repository, const oci::Digest& digest);

}  // namespace mbuild::remote
