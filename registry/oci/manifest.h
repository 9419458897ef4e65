// Manifest and Index: reading and writing both the OCI and the Docker v2 forms (image-spec manifest.md,
// image-index.md; Docker Image Manifest V2, Schema 2).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/oci/descriptor.h"

namespace mbuild::oci {

struct Manifest {
  std::string media_type;  // OCI or Docker
  std::string artifact_type;
  Descriptor config;
  std::vector<Descriptor> layers;
  std::optional<Descriptor> subject;
  std::map<std::string, std::string> annotations;

  // `corrupt` for JSON that is not a schema-2 manifest; schema 1 is `unsupported` by name.
  static Result<Manifest> parse(std::string_view json);
  // Two-space indented, keys in the order of Go's structs, as BuildKit writes it. Deterministic.
  std::string json() const;
};

struct Index {
  std::string media_type;
  std::string artifact_type;
  std::vector<Descriptor> manifests;
  std::optional<Descriptor> subject;
  std::map<std::string, std::string> annotations;

  static Result<Index> parse(std::string_view json);
  std::string json() const;
};

}  // namespace mbuild::oci
