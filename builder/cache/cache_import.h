// CacheImport: the caches that `--cache-from` names, asked when a step finds nothing in the store.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "builder/cache/cache_index.h"
#include "builder/cache/cache_remote.h"
#include "registry/remote/key.h"

namespace mbuild::builder {

// Thread-safe. What they hold is read once, at the same time as the build begins; blobs when a layer is
// wanted.
class CacheImport {
 public:
  using Warn = std::function<void(const std::string& text)>;
  // With keys, what none of them has signed is not used. A cache that cannot be read is told and left out.
  CacheImport(std::vector<std::shared_ptr<CacheRemote>> remotes, std::vector<remote::PublicKey> keys,
              Warn warn);
  ~CacheImport();
  CacheImport(const CacheImport&) = delete;
  CacheImport& operator=(const CacheImport&) = delete;

  struct Hit {
    CachedStep step;
    std::vector<oci::Digest> keys;  // all that lead to the same layer
    oci::Digest diff_id;
    oci::Descriptor blob;
    OpenBlob open;  // to be verified by the reader; outlives the import
  };
  // Of the first cache that has it.
  std::optional<Hit> find(const oci::Digest& key);

  // The contents of a cache mount, to be verified by the reader.
  struct MountHit {
    oci::Descriptor blob;
    OpenBlob open;
  };
  std::optional<MountHit> find_mount(const std::string& identity);

  // A blob that could not be had, or is not what it should be: told, and not found from now on.
  void reject(const oci::Digest& blob, const Error& why);
  // How many blobs have been rejected: more than before means that what find() gave since is in doubt.
  std::size_t rejected() const;

 private:
  struct Source {
    std::shared_ptr<CacheRemote> remote;
    CacheIndex index;
    std::map<oci::Digest, std::size_t> steps;    // by key: position in the index
    std::vector<std::vector<oci::Digest>> keys;  // of each layer
  };
  void load();
  Result<std::optional<Source>> load_one(const std::shared_ptr<CacheRemote>& remote) const;
  bool is_rejected(const oci::Digest& blob) const;
  const std::vector<Source>& sources();

  std::vector<std::shared_ptr<CacheRemote>> remotes_;
  std::vector<remote::PublicKey> keys_;
  Warn warn_;
  std::vector<Source> sources_;  // once the loader has ended
  mutable std::mutex mutex_;
  std::set<oci::Digest> rejected_;
  std::once_flag joined_;
  std::thread loader_;
};

}  // namespace mbuild::builder
