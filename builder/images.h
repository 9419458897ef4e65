// The images of a store: what `mbuild images|inspect|rm|tag|push|pull` do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "builder/build.h"
#include "builder/events.h"
#include "registry/base/result.h"

#pragma GCC visibility push(default)

namespace mbuild::builder {

struct StoredImage {
  std::string reference;         // "docker.io/library/app:latest"
  std::string familiar;          // "app:latest"
  std::string image_id;          // "sha256:..."
  std::string platform;          // of several, all, separated by commas; the rest then tells of the first
  std::string created;           // RFC 3339; empty when the image does not say
  std::uint64_t size_bytes = 0;  // of all layers, uncompressed as far as known
};

// An empty `store_root` is default_store_root(), here and below. Sorted by reference.
Result<std::vector<StoredImage>> list_images(const std::string& store_root);

// The image's config as JSON, by reference or by (a unique prefix of) its id.
struct InspectedImage {
  StoredImage image;
  std::string config_json;
  std::vector<BuiltLayer> layers;
};
Result<InspectedImage> inspect_image(const std::string& store_root, const std::string& name);

// The names in /etc/passwd and /etc/group of a stored image (of several platforms, the first). Reads layers
// that are kept as tarballs from begin to end.
struct ImageUsers {
  std::vector<std::string> users, groups;  // in the order of the files
};
Result<ImageUsers> image_users(const std::string& store_root, const std::string& name);

// Takes the name away; content that nothing names any more goes with `mbuild prune`. By id: all its names.
// Gives the references removed.
Result<std::vector<std::string>> remove_image(const std::string& store_root, const std::string& name);

// A name as Docker reads it: "app" is docker.io/library/app:latest.
struct ImageName {
  std::string registry;  // "docker.io"
  std::string name;      // without the registry: "library/app"
  std::string tag;       // empty with only a digest
};
Result<ImageName> parse_image_name(const std::string& text);

struct TransferOptions {
  std::string store_root;
  std::string platform;  // for pull; empty: the host's
  RegistryAccess registries;
  CancelToken cancel;
};

// Sends the stored image `name` to the registry under `destination` (empty: under its own name). Gives the
// manifest's digest.
Result<std::string> push_image(const TransferOptions& options, const std::string& name,
                               const std::string& destination, BuildObserver* observer);

// Fetches an image into the store. Gives its record.
Result<StoredImage> pull_image(const TransferOptions& options, const std::string& name,
                               BuildObserver* observer);

}  // namespace mbuild::builder

#pragma GCC visibility pop
