// Attestations: statements about an image that lie beside it (in-toto attestation framework; BuildKit:
// docs/attestations/attestation-storage.md).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "registry/oci/descriptor.h"
#include "registry/oci/manifest.h"
#include "registry/oci/reference.h"

namespace mbuild::builder {

struct Attestation {
  std::string predicate_type;  // "https://slsa.dev/provenance/v1"
  // The predicate as JSON. It may tell of the image's layers: their descriptors, lowest first; none are given
  // where the result is no image.
  std::function<std::string(const std::vector<oci::Descriptor>& layers)> predicate;
  std::string filename;      // where it goes in a result that is a file tree: "provenance.json"
  bool inline_only = false;  // only with images
};

// What a statement is about.
struct AttestedSubject {
  std::string name;
  oci::Digest digest;
};

// An in-toto v1 statement, JSON.
std::string statement_json(const Attestation& attestation, const std::vector<AttestedSubject>& subjects,
                           const std::vector<oci::Descriptor>& layers);

// "pkg:docker/team/app@1?platform=linux%2Famd64" (package-url, type docker; BuildKit: util/purl).
std::string image_purl(const oci::Reference& name, const oci::Platform& platform);

// The statements about one image as a manifest of their own, for the index that has the image.
struct AttestationManifest {
  oci::Manifest manifest;
  std::string json;
  oci::Descriptor descriptor;           // as the index lists it
  std::vector<std::string> statements;  // the blobs of manifest.layers
};
AttestationManifest make_attestation_manifest(const std::vector<Attestation>& attestations,
                                              const oci::Descriptor& image,
                                              const std::vector<oci::Descriptor>& layers,
                                              const std::vector<oci::Reference>& names);

// The config of such a manifest: an empty object (image-spec, "Guidance for an Empty Descriptor").
inline constexpr std::string_view kEmptyConfig = "{}";

}  // namespace mbuild::builder
