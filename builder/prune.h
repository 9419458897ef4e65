// What takes room in a store, and making room: `mbuild du`, `mbuild prune`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "builder/build.h"
#include "registry/base/result.h"

#pragma GCC visibility push(default)

namespace mbuild::builder {

enum class StoredKind {
  layer,    // what a step or a pull gave: its files and its blobs
  blob,     // other content: manifests and configs that were fetched, downloads, configs of images
  mount,    // the directories of a RUN --mount=type=cache
  context,  // what is known of the files of a build context
};

struct StoredItem {
  StoredKind kind = StoredKind::layer;
  std::string id;              // of a layer, a digest, a cache mount's folder, a file's name
  std::string what;            // for people: "RUN make" is not known here, "cache mount /root/.cache" is
  std::uint64_t bytes = 0;     // of its contents
  std::int64_t last_used = 0;  // seconds since the epoch, to the hour
  std::string needed_by;       // the image or kept step that keeps it; empty: it may go
};

// An empty `store_root` is default_store_root(), here and below. Largest first.
Result<std::vector<StoredItem>> store_usage(const std::string& store_root);

struct PruneRequest {
  std::string store_root;
  std::vector<StoredKind> kinds;            // empty: all
  std::optional<std::uint64_t> keep_bytes;  // stop as soon as no more than that is left of the store
  std::optional<std::int64_t> unused_for;   // seconds: what was used since stays
  bool dry_run = false;                     // only tell what would go
  CancelToken cancel;                       // ends the wait for builds
};

// Removes what no image and no kept step needs, what was used longest ago first, and gives what went. Waits
// until no build uses the store; builds that begin meanwhile wait, too.
Result<std::vector<StoredItem>> prune_store(const PruneRequest& request);

// The store's own limit, kept with it. While builds write, layers that nobody needs and no process uses make
// room; of everything, a build that ends when no other is running. 0 removes the limit.
Result<void> set_store_quota(const std::string& store_root, std::uint64_t bytes);
Result<std::optional<std::uint64_t>> store_quota(const std::string& store_root);

}  // namespace mbuild::builder

#pragma GCC visibility pop
