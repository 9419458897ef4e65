// MemoryLayerStore: a LayerStore whose layers are lists of entries, for tests of what comes after the layers.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "builder/snapshot/layer_store.h"
#include "registry/base/memory_stream.h"
#include "registry/oci/archive_reader.h"
#include "registry/oci/archive_writer.h"
#include "tests/support/string_source.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::test {

struct MemoryFile {
  oci::Entry entry;  // its size is that of `content`
  std::string content;
};

inline MemoryFile memory_file(std::string path, std::string content, std::uint32_t mode = 0644) {
  MemoryFile file;
  file.entry.path = std::move(path);
  file.entry.mode = mode;
  file.entry.size = content.size();
  file.entry.mtime = 1'700'000'000'000'000'000;
  file.content = std::move(content);
  return file;
}

inline MemoryFile memory_directory(std::string path) {
  MemoryFile file = memory_file(std::move(path), "", 0755);
  file.entry.type = oci::EntryType::directory;
  return file;
}

// Thread-safe, as LayerStore is. Blobs lie in a folder of its own.
class MemoryLayerStore : public builder::LayerStore {
 public:
  builder::LayerPtr add(std::vector<MemoryFile> files) {
    const std::lock_guard lock(mutex_);
    auto layer = std::make_shared<builder::Layer>();
    layer->id = "layer-" + std::to_string(layers_.size());
    layer->fingerprint = oci::Digest::of(layer->id);
    layer->entries = files.size();
    layers_[layer->id] = {layer, std::move(files)};
    return layer;
  }
  // Makes ensure_blob() give this blob for the layer, as for one that was pulled.
  void set_blob(const builder::Layer& layer, const builder::LayerBlob& blob) {
    const std::lock_guard lock(mutex_);
    pulled_[layer.id] = blob;
  }
  void forget(const builder::Layer& layer) {
    const std::lock_guard lock(mutex_);
    layers_.erase(layer.id);
  }
  int compressions() const {
    const std::lock_guard lock(mutex_);
    return compressions_;
  }

  const oci::ContentStore& blobs() const override { return blobs_; }
  const std::string& root() const override { return root_; }

  Result<builder::LayerPtr> find(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    const auto found = layers_.find(id);
    if (found == layers_.end()) return fail(ErrorKind::not_found, "layer " + id + " is not in the store");
    return found->second.layer;
  }
  Result<builder::LayerPtr> find_imported(const oci::Digest&) override { return nullptr; }

  Result<builder::LayerPtr> import(std::unique_ptr<ByteSource> blob, const oci::Descriptor&,
                                   const oci::Digest& diff_id, std::uint64_t) override {
    oci::ArchiveOptions options;
    options.decompress = true;
    oci::ArchiveReader reader = MBUILD_TRY(oci::ArchiveReader::open(std::move(blob), options));
    std::vector<MemoryFile> files;
    while (auto entry = MBUILD_TRY(reader.next())) {
      MemoryFile file{*entry, {}};
      while (auto block = MBUILD_TRY(reader.read())) {
        file.content.append(reinterpret_cast<const char*>(block->data.data()), block->data.size());
      }
      files.push_back(std::move(file));
    }
    builder::LayerPtr layer = add(std::move(files));
    if (MBUILD_TRY(tar_info(*layer, std::nullopt)).diff_id != diff_id)
      return fail(ErrorKind::corrupt, "import: another diffID");
    return layer;
  }

  Result<builder::LayerTar> write_tar(const builder::Layer& layer, ByteSink& sink,
                                      std::optional<std::int64_t> clamp) override {
    std::vector<MemoryFile> files;
    {
      const std::lock_guard lock(mutex_);
      files = layers_.at(layer.id).files;
    }
    oci::HashingSink hashed(&sink);
    oci::ArchiveWriter writer(hashed);
    for (MemoryFile& file : files) {
      if (clamp) file.entry.mtime = std::min(file.entry.mtime, *clamp * 1'000'000'000);
      StringSource content(file.content);
      const bool data = file.entry.type == oci::EntryType::regular && file.entry.size > 0;
      MBUILD_CHECK(data ? writer.add(file.entry, content) : writer.add(file.entry));
    }
    MBUILD_CHECK(writer.finish());
    const std::uint64_t size = hashed.size();
    return builder::LayerTar{hashed.finish(), size};
  }

  Result<builder::LayerTar> tar_info(const builder::Layer& layer,
                                     std::optional<std::int64_t> clamp = {}) override {
    StringSink sink;
    return write_tar(layer, sink, clamp);
  }

  Result<builder::LayerBlob> ensure_blob(const builder::Layer& layer, const CompressionOptions& options,
                                         bool force, std::optional<std::int64_t> clamp) override {
    const auto key = std::tuple(layer.id, options.type, clamp);
    {
      const std::lock_guard lock(mutex_);
      const auto pulled = pulled_.find(layer.id);
      if (pulled != pulled_.end() && (!force || pulled->second.compression == options.type))
        return pulled->second;
      if (const auto made = made_.find(key); made != made_.end()) return made->second;
    }
    oci::ContentStore::Writer writer = MBUILD_TRY(blobs_.create());
    const auto compressor = MBUILD_TRY(make_compressor(writer, options));
    MBUILD_CHECK(write_tar(layer, *compressor, clamp));
    MBUILD_CHECK(compressor->finish());
    builder::LayerBlob blob;
    blob.size = writer.size();
    blob.digest = MBUILD_TRY(writer.commit());
    blob.compression = options.type;
    const std::lock_guard lock(mutex_);
    ++compressions_;
    return made_[key] = blob;
  }
  builder::LayerFolders& folders() override { throw std::logic_error("layers in memory have no folders"); }

 private:
  struct Stored {
    builder::LayerPtr layer;
    std::vector<MemoryFile> files;
  };
  TempDir dir_;
  std::string root_ = dir_.str();
  oci::ContentStore blobs_ = must(oci::ContentStore::open(root_ + "/blobs"));
  mutable std::mutex mutex_;
  std::map<std::string, Stored> layers_;
  std::map<std::string, builder::LayerBlob> pulled_;
  std::map<std::tuple<std::string, Compression, std::optional<std::int64_t>>, builder::LayerBlob> made_;
  int compressions_ = 0;
};

}  // namespace mbuild::test
