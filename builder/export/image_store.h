// ImageStore: the store's `images/` folder: names of images, and what they name (DESIGN.md, "The store").
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/base/fd.h"
#include "registry/oci/digest.h"
#include "registry/oci/platform.h"
#include "registry/oci/reference.h"

namespace mbuild::builder {

// One name of one image, for one platform or for several. An image with several names has a record for each.
struct ImageRecord {
  std::string name;                 // Reference::str(); empty for an image that has only its id
  oci::Digest id;                   // of the config, which lies in blobs/
  std::vector<std::string> layers;  // their ids in the LayerStore, lowest first
  oci::Platform platform;
  std::int64_t created = 0;                        // seconds since the epoch, when the record was written
  std::uint64_t size = 0;                          // of the layers' uncompressed tars
  std::map<std::string, std::string> annotations;  // of its manifest
  // The same for each further platform that the name has, in the order of its index; these have no name, no
  // others, and are not found by their ids.
  std::vector<ImageRecord> others;
};

// Thread-safe; any number of processes may use one folder. A name is one file that appears by rename: readers
// see the old image or the new one. A damaged record is as good as absent.
class ImageStore {
 public:
  static Result<ImageStore> open(const std::string& store_root);

  // Makes `record.name` (or, when that is empty, the id) name the image, taking the name from whatever had
  // it.
  Result<void> put(const ImageRecord& record) const;

  std::optional<ImageRecord> find(const oci::Reference& name) const;
  // By name, by image id ("sha256:<hex>" or the hex alone), or by the first hex digits of an id.
  // `invalid_input` when those fit several images, or `text` is neither; a name goes before an id.
  Result<std::optional<ImageRecord>> find(std::string_view text) const;
  Result<std::vector<ImageRecord>> list() const;  // sorted by name, then id

  // `source` as find() takes it; `not_found` names it.
  Result<void> tag(std::string_view source, const oci::Reference& name) const;
  // Removes the name; by id, every name of the image. Gives the records that went. Layers stay: pruning takes
  // them.
  Result<std::vector<ImageRecord>> remove(std::string_view text) const;

 private:
  explicit ImageStore(Fd dir) : dir_(std::move(dir)) {}
  Result<std::vector<ImageRecord>> with_id_prefix(std::string_view prefix) const;
  Fd dir_;
};

// The file of a name: "docker.io%2Flibrary%2Fdebian%3Abookworm". Distinct for distinct names, at most 200
// bytes, never
// "." or "..", the same on every file system whatever it folds.
std::string image_file_name(std::string_view name);

}  // namespace mbuild::builder
