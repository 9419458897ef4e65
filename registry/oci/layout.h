// LayoutReader: images of an OCI image layout directory (image-spec, image-layout.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "registry/base/stream.h"
#include "registry/oci/content_store.h"
#include "registry/oci/manifest.h"

namespace mbuild::oci {

// A manifest of a layout with the bytes it and its config were read from.
struct LayoutImage {
  Descriptor descriptor;
  Manifest manifest;
  std::string config_json;
};

// Nothing in the directory is trusted, or written. Thread-safe.
class LayoutReader {
 public:
  // `specification` is "DIR[:TAG][@DIGEST]". Without a digest the entry of index.json whose
  // org.opencontainers.image.ref.name is TAG ("latest" when not given) counts, or else the only entry.
  static Result<std::shared_ptr<LayoutReader>> open(std::string_view specification);

  // Through nested indexes: the best match for `platform`. `not_found` names what there is.
  Result<LayoutImage> image(const Platform& platform) const;

  // Verified while it is read: the end of a blob that is not what `descriptor` says is a `corrupt` error.
  Result<std::unique_ptr<ByteSource>> open_blob(const Descriptor& descriptor) const;

 private:
  LayoutReader(std::string name, ContentStore blobs, Descriptor root)
      : name_(std::move(name)), blobs_(std::move(blobs)), root_(std::move(root)) {}
  Result<std::string> read(const Descriptor& descriptor) const;

  std::string name_;
  ContentStore blobs_;
  Descriptor root_;
};

}  // namespace mbuild::oci
