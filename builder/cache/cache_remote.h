// CacheRemote: a place elsewhere that holds a cache: one small document, and blobs by digest. The seam
// between the cache and what registries, folders and object stores are.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "registry/base/stream.h"
#include "registry/oci/descriptor.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

using OpenBlob = std::function<Result<std::unique_ptr<ByteSource>>()>;

// A document as read, with the layers of the image that it came with, if it came with one.
struct RemoteDocument {
  std::string text;
  struct Layer {
    oci::Digest diff_id;
    oci::Descriptor blob;
  };
  std::vector<Layer> image_layers;
};

// Thread-safe. Messages never hold credentials.
class CacheRemote {
 public:
  virtual ~CacheRemote() = default;

  // As a person would say it: "registry.example.com/app:cache".
  virtual std::string name() const = 0;

  // The document that was written last; nullopt when there is none. At most 64 MiB.
  virtual Result<std::optional<RemoteDocument>> read_document() = 0;

  // The content as the place has it: the reader verifies it.
  virtual Result<std::unique_ptr<ByteSource>> open_blob(const oci::Descriptor& blob) = 0;

  // Sends what is missing there: `open` is called only then.
  virtual Result<void> put_blob(const oci::Descriptor& blob, const OpenBlob& open) = 0;

  // Replaces the document, all or nothing. `blobs` are those that it names: they have been put.
  virtual Result<void> write_document(const std::string& text,
                                      const std::vector<RemoteDocument::Layer>& blobs) = 0;
};

}  // namespace mbuild::builder
