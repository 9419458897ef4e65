// What names an image in an OCI layout: "DIR[:TAG][@DIGEST]".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/oci/manifest.h"

namespace mbuild::oci {

struct LayoutName {
  std::string directory;
  std::string tag;
  std::optional<Digest> digest;

  // A colon or "@" that a "/" follows belongs to the directory's name. `invalid_input` without a directory or
  // with a digest that is none.
  static Result<LayoutName> parse(std::string_view text);

  std::string str() const;  // tag and digest alone, as errors name them; "latest" without either
};

// The entries of a layout's index.json that the name means, each digest once: those of the digest; those
// whose org.opencontainers.image.ref.name is the tag; without either, those named "latest", else all. May be
// empty.
std::vector<Descriptor> entries_named(const Index& index, const LayoutName& name);

}  // namespace mbuild::oci
