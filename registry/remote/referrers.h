// Referrers: manifests that say of another by their "subject" that they belong to it - signatures,
// attestations (distribution-spec "Listing Referrers" and "Referrers Tag Schema").
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "registry/oci/descriptor.h"
#include "registry/remote/endpoint.h"

namespace mbuild::remote {

// Those of `subject`, of one artifact type when it is not empty; none is no error. Registries without the
// API are asked for the tag in its place.
Result<std::vector<oci::Descriptor>> list_referrers(const Endpoint& endpoint, const oci::Digest& subject,
                                                    const std::string& artifact_type);

// After the push of a manifest to a registry that has not taken note of its subject ("OCI-Subject"): adds it
// to the index under the tag. Does nothing for manifests without a subject.
Result<void> record_referrer(const Endpoint& endpoint, const std::string& manifest_json,
                             const std::string& media_type);

// The part of a manifest or index that referrers are about.
struct Referrer {
  std::optional<oci::Descriptor> subject;
  oci::Descriptor descriptor;  // as an index of referrers has it
};
Result<Referrer> parse_referrer(const std::string& manifest_json, const std::string& media_type);

// "sha256-<hex>"
std::string referrers_tag(const oci::Digest& subject);

}  // namespace mbuild::remote
