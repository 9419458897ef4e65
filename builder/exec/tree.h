// Tree: a root file system as a chain of layers, some of which may not have been fetched yet.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "builder/plan/image_source.h"
#include "builder/snapshot/layer.h"
#include "builder/snapshot/layer_store.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

// (bytes done, bytes in all), from any thread.
using LayerProgress = std::function<void(const SourceLayer& layer, std::uint64_t done, std::uint64_t total)>;

// A step's layer that lies in a cache elsewhere, and what to do about it.
struct ForeignSource {
  SourceLayer blob;
  LayerStore::ForeignLayer layer;                   // what it becomes here
  std::function<void(const Layer&)> arrived;        // called once it has
  std::function<void(const Error&)> not_to_be_had;  // called when it cannot
};

// A layer that is there, or can be fetched. Thread-safe: whoever needs it first fetches it, others wait.
class LayerHandle {
 public:
  explicit LayerHandle(LayerPtr layer) : layer_(std::move(layer)) {}
  // `cancel` is borrowed, and may be null: it ends the wait for another build that is fetching the layer.
  // `limit` is LayerStore::import()'s.
  LayerHandle(SourceLayer source, const std::atomic<bool>* cancel, std::uint64_t limit)
      : source_(std::move(source)), cancel_(cancel), limit_(limit) {}
  LayerHandle(ForeignSource foreign, const std::atomic<bool>* cancel, std::uint64_t limit)
      : source_(foreign.blob), foreign_(std::move(foreign)), cancel_(cancel), limit_(limit) {}

  Result<LayerPtr> get(LayerStore& store, const LayerProgress& progress);
  // Whether get() would find it in the store, so that nothing has to be fetched.
  Result<bool> is_there(LayerStore& store);
  // Whether get() has it already and does nothing.
  bool is_held();
  // Where an image's layer comes from; null for layers of this build.
  const SourceLayer* source() const { return source_ ? &*source_ : nullptr; }
  const ForeignSource* foreign() const { return foreign_ ? &*foreign_ : nullptr; }

 private:
  std::mutex mutex_;
  LayerPtr layer_;
  std::optional<SourceLayer> source_;
  std::optional<ForeignSource> foreign_;
  const std::atomic<bool>* cancel_ = nullptr;
  std::uint64_t limit_ = 0;
};

struct TreeLayer {
  oci::Digest fingerprint;
  std::shared_ptr<LayerHandle> handle;
  std::int64_t created = 0;  // seconds since the epoch; 0 for a base image's layers
};

// The image that a tree began as; it explains a cache miss and is part of no key.
struct TreeOrigin {
  std::string name;
  oci::Digest digest;
};

struct Tree {
  std::vector<TreeLayer> layers;  // lowest first
  std::optional<TreeOrigin> origin;

  // A digest of the fingerprints in order: what a step that sees the tree is keyed by.
  oci::Digest fingerprint() const;
};

// One handle a diffID, so that images which share layers fetch them once; builds that share a store do so too
// (FetchLock). Thread-safe.
class LayerImports {
 public:
  // `unpacked_limit` is what each layer may unpack to, in bytes; 0: what the LayerStore says.
  explicit LayerImports(const std::atomic<bool>* cancel, std::uint64_t unpacked_limit = 0)
      : cancel_(cancel), unpacked_limit_(unpacked_limit) {}
  Tree tree_of(const ImageSource& image);

 private:
  std::mutex mutex_;
  std::map<oci::Digest, std::shared_ptr<LayerHandle>> handles_;
  const std::atomic<bool>* cancel_;
  std::uint64_t unpacked_limit_;
};

// All layers in the store, fetched at the same time where they are missing.
Result<LayerChain> materialise(const Tree& tree, LayerStore& store, const LayerProgress& progress);

}  // namespace mbuild::builder
