// Reference: an image's name, normalised as Docker does (distribution/reference: normalize.go).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "registry/oci/digest.h"

namespace mbuild::oci {

struct Reference {
  std::string registry;    // "docker.io", "localhost:5000"
  std::string repository;  // "library/debian"
  std::string tag;         // "latest" when neither tag nor digest was given; empty with only a digest
  std::optional<Digest> digest;

  // Errors name the part that is wrong (registry, repository, tag, digest) and why.
  static Result<Reference> parse(std::string_view text);

  std::string name() const;      // "docker.io/library/debian"
  std::string str() const;       // "docker.io/library/debian:bookworm@sha256:..."
  std::string familiar() const;  // "debian:bookworm", as a person would write it

  friend bool operator==(const Reference&, const Reference&) = default;
};

}  // namespace mbuild::oci
