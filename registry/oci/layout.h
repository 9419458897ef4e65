// LayoutReader: images of an OCI image layout directory (image-spec, image-layout.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "registry/base/stream.h"
#include "registry/oci/content_store.h"
#include "registry/oci/manifest.h"

namespace mbuild::oci {

// A manifest of a layout with the bytes its config was read from.
struct LayoutImage {
  Descriptor descriptor;
  Manifest manifest;
  std::string config_json;
};

// Nothing in the directory is trusted, or written; no link in it leads out of it. Thread-safe.
class LayoutReader {
 public:
  // `specification` is "DIR[:TAG][@DIGEST]". With a digest, any index or manifest among the blobs. With TAG,
  // the entry of index.json whose org.opencontainers.image.ref.name it is; without, "latest", or whatever the
  // layout holds when nothing in it is called that. `not_found` names what there is.
  static Result<std::shared_ptr<LayoutReader>> open(std::string_view specification);

  // Through nested indexes: the best match for `platform`; a lone manifest is it whatever its platform.
  // `not_found` names the platforms that there are.
  Result<LayoutImage> image(const Platform& platform) const;

  // Verified while it is read: the end of a blob that is not what `descriptor` says is a `corrupt` error.
  Result<std::unique_ptr<ByteSource>> open_blob(const Descriptor& descriptor) const;

 private:
  LayoutReader(std::string name, ContentStore blobs) : name_(std::move(name)), blobs_(std::move(blobs)) {}
  Result<Descriptor> describe(const Digest& digest) const;
  Result<Descriptor> choose(const std::vector<Descriptor>& entries, const Platform& platform) const;
  Result<Platform> platform_of(const Descriptor& entry) const;
  Result<std::string> read(const Descriptor& descriptor) const;

  std::string name_;
  ContentStore blobs_;
  std::vector<Descriptor> roots_;  // never empty; the platform decides between several
};

}  // namespace mbuild::oci
