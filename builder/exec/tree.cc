#include "builder/exec/tree.h"

#include "registry/base/parallel.h"
#include "registry/oci/fetch_lock.h"

namespace mbuild::builder {

namespace {

constexpr unsigned kFetchesAtOnce = 8;  // the registry client bounds how many of them download

// Counts what passes, so that progress needs no help from the source.
class CountingSource : public ByteSource {
 public:
  CountingSource(std::unique_ptr<ByteSource> source, const SourceLayer& layer, const LayerProgress& progress)
      : source_(std::move(source)), layer_(layer), progress_(progress) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    std::size_t size = MBUILD_TRY(source_->read(buffer));
    done_ += size;
    if (progress_ && (size == 0 || done_ - told_ >= kStep)) {
      told_ = done_;
      progress_(layer_, done_, layer_.descriptor.size);
    }
    return size;
  }

 private:
  static constexpr std::uint64_t kStep = 1 << 20;
  std::unique_ptr<ByteSource> source_;
  const SourceLayer& layer_;
  const LayerProgress& progress_;
  std::uint64_t done_ = 0;
  std::uint64_t told_ = 0;
};

Result<LayerPtr> find(const SourceLayer& source, LayerStore& store) {
  return source.layer_id.empty() ? store.find_imported(source.diff_id) : store.find(source.layer_id);
}

Result<LayerPtr> fetch(const SourceLayer& source, LayerStore& store, const LayerProgress& progress,
                       const std::atomic<bool>* cancel, std::uint64_t limit) {
  LayerPtr present = MBUILD_TRY(find(source, store));
  if (present || !source.layer_id.empty()) return present;
  oci::FetchLock lock = MBUILD_TRY(
      oci::FetchLock::acquire(store.blobs(), source.diff_id, [cancel] { return cancel && cancel->load(); }));
  if (LayerPtr layer = MBUILD_TRY(find(source, store))) return layer;  // by another build
  std::unique_ptr<ByteSource> blob = MBUILD_TRY(source.open());
  return store.import(std::make_unique<CountingSource>(std::move(blob), source, progress), source.descriptor,
                      source.diff_id, limit);
}

Result<LayerPtr> find(const ForeignSource& foreign, LayerStore& store) {
  auto layer = store.find(foreign.layer.id);
  if (!layer && layer.error().kind() == ErrorKind::not_found) return nullptr;
  return layer;
}

Result<LayerPtr> fetch(const ForeignSource& foreign, LayerStore& store, const LayerProgress& progress,
                       const std::atomic<bool>* cancel, std::uint64_t limit) {
  if (LayerPtr layer = MBUILD_TRY(find(foreign, store))) return layer;
  const oci::FetchLock lock = MBUILD_TRY(oci::FetchLock::acquire(
      store.blobs(), foreign.blob.diff_id, [cancel] { return cancel && cancel->load(); }));
  if (LayerPtr layer = MBUILD_TRY(find(foreign, store))) return layer;  // by another build
  std::unique_ptr<ByteSource> blob = MBUILD_TRY(foreign.blob.open());
  return store.adopt(std::make_unique<CountingSource>(std::move(blob), foreign.blob, progress),
                     foreign.blob.descriptor, foreign.blob.diff_id, limit, foreign.layer);
}

Result<LayerPtr> fetch_and_tell(const ForeignSource& foreign, LayerStore& store,
                                const LayerProgress& progress, const std::atomic<bool>* cancel,
                                std::uint64_t limit) {
  auto layer = fetch(foreign, store, progress, cancel, limit);
  if (layer)
    foreign.arrived(**layer);
  else if (layer.error().kind() != ErrorKind::cancelled)
    foreign.not_to_be_had(layer.error());
  return layer;
}

}  // namespace

Result<LayerPtr> LayerHandle::get(LayerStore& store, const LayerProgress& progress) {
  std::lock_guard lock(mutex_);
  if (!layer_)
    layer_ = MBUILD_TRY_AS("layer " + source_->descriptor.digest.str(),
                           foreign_ ? fetch_and_tell(*foreign_, store, progress, cancel_, limit_)
                                    : fetch(*source_, store, progress, cancel_, limit_));
  return layer_;
}

Result<bool> LayerHandle::is_there(LayerStore& store) {
  std::lock_guard lock(mutex_);
  if (!layer_) layer_ = MBUILD_TRY(foreign_ ? find(*foreign_, store) : find(*source_, store));
  return layer_ != nullptr;
}

bool LayerHandle::is_held() {
  std::lock_guard lock(mutex_);
  return layer_ != nullptr;
}

oci::Digest Tree::fingerprint() const {
  oci::Sha256 hash;
  for (const TreeLayer& layer : layers)
    hash.update(std::string_view(reinterpret_cast<const char*>(layer.fingerprint.bytes().data()),
                                 layer.fingerprint.bytes().size()));
  return hash.finish();
}

Tree LayerImports::tree_of(const ImageSource& image) {
  std::lock_guard lock(mutex_);
  Tree tree;
  tree.origin = {image.name, image.digest};
  for (const SourceLayer& layer : image.layers) {
    std::shared_ptr<LayerHandle>& handle = handles_[layer.diff_id];
    if (!handle) handle = std::make_shared<LayerHandle>(layer, cancel_, unpacked_limit_);
    tree.layers.push_back({layer.diff_id, handle, 0});
  }
  return tree;
}

Result<LayerChain> materialise(const Tree& tree, LayerStore& store, const LayerProgress& progress) {
  bool fetching = false;
  for (const TreeLayer& layer : tree.layers) fetching |= layer.handle->source() && !layer.handle->is_held();
  LayerChain chain(tree.layers.size());
  MBUILD_CHECK(
      for_each_parallel(chain.size(), fetching ? kFetchesAtOnce : 1, [&](std::size_t i) -> Result<void> {
        chain[i] = MBUILD_TRY(tree.layers[i].handle->get(store, progress));
        return {};
      }));
  return chain;
}

}  // namespace mbuild::builder
