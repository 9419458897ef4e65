// An OCI layout directory (image-spec, image-layout.md), used as if it were a registry: so that whatever
// copies between registries also copies from and into folders.
#pragma once

#include <memory>
#include <string>

#include "registry/remote/client.h"

namespace mbuild::remote {

// References are those of layout_reference(); registry and repository are ignored. Pushing makes the folder
// when it is missing and writes blobs that are not there yet; a name in index.json moves last, by rename and
// under a lock of the folder (flock(2)). Reading follows no link out of the folder, and verifies every byte.
// Deleting takes names away; blobs stay. Thread-safe.
std::unique_ptr<RegistryClient> make_layout_client(std::string directory);

// "DIR[:TAG][@DIGEST]" (layout_name.h) as a reference for such a client. Without a tag it means "latest", or
// the only image that there is.
struct LayoutPlace {
  std::string directory;
  oci::Reference reference;
};
Result<LayoutPlace> parse_layout_place(std::string_view text);

}  // namespace mbuild::remote
