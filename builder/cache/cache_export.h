// CacheExport: what one `--cache-to` collects while a build runs, and leaves at its place when it is done.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "builder/cache/cache_index.h"
#include "builder/cache/cache_remote.h"
#include "registry/base/worker_pool.h"
#include "registry/remote/key.h"

namespace mbuild::builder {

// Thread-safe. Blobs are sent by threads of its own, beside the build.
class CacheExport {
 public:
  // A layer's blob: what it is, and how to read it when the place lacks it.
  struct Blob {
    oci::Digest diff_id;
    oci::Descriptor descriptor;
    OpenBlob open;
  };
  using MakeBlob = std::function<Result<Blob>()>;

  CacheExport(std::shared_ptr<CacheRemote> remote, unsigned threads);

  // A step's result, once a key. The blob is made and sent soon; equal fingerprints share one when `layer`
  // (what tells layers apart in the store) is the same.
  void add(const CachedStep& step, const std::string& layer, MakeBlob make);
  void add_mount(const std::string& identity, MakeBlob make);

  // Forgets the steps that were added, but not what was sent.
  void start_over();

  // Waits until all is sent, then writes the document, signed when there is a key. Steps whose blobs could
  // not be sent are left out, and the first reason is the error, after the document was written.
  Result<void> finish(const remote::PrivateKey* key);

 private:
  struct Sent {
    std::optional<Result<Blob>> outcome;  // absent: under way
  };
  void send(const std::string& name, MakeBlob make);
  void list_steps(CacheIndex& index, std::vector<RemoteDocument::Layer>& layers);
  void list_mounts(CacheIndex& index, std::vector<RemoteDocument::Layer>& layers);

  std::shared_ptr<CacheRemote> remote_;
  std::mutex mutex_;
  std::map<std::string, Sent> blobs_;  // by `layer`, or "mount " and the identity
  std::map<oci::Digest, std::pair<CachedStep, std::string>> steps_;  // by key, with its layer
  std::vector<std::string> mounts_;
  std::unique_ptr<WorkerPool> pool_;
};

}  // namespace mbuild::builder
