// The layer store on a local or network file system.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "builder/snapshot/layer_folders.h"
#include "builder/snapshot/layer_store.h"
#include "registry/base/keyed_locks.h"

namespace mbuild::builder {

class LocalLayerStore : public LayerStore {
 public:
  LocalLayerStore(std::unique_ptr<LayerFolders> folders, oci::ContentStore blobs)
      : folders_(std::move(folders)), blobs_(std::move(blobs)) {}

  const oci::ContentStore& blobs() const override { return blobs_; }
  const std::string& root() const override { return folders_->root(); }
  LayerFolders& folders() override { return *folders_; }

  Result<LayerPtr> find(const std::string& id) override;
  Result<LayerPtr> find_imported(const oci::Digest& diff_id) override;
  Result<LayerPtr> import(std::unique_ptr<ByteSource> blob, const oci::Descriptor& descriptor,
                          const oci::Digest& diff_id, std::uint64_t limit) override;
  Result<LayerPtr> adopt(std::unique_ptr<ByteSource> blob, const oci::Descriptor& descriptor,
                         const oci::Digest& diff_id, std::uint64_t limit, const ForeignLayer& layer) override;

  Result<LayerTar> write_tar(const Layer& layer, ByteSink& sink,
                             std::optional<std::int64_t> clamp_mtime) override;
  Result<LayerTar> tar_info(const Layer& layer, std::optional<std::int64_t> clamp_mtime) override;
  Result<LayerBlob> ensure_blob(const Layer& layer, const CompressionOptions& compression, bool force,
                                std::optional<std::int64_t> clamp_mtime) override;

 private:
  // A record that may be believed, or nullopt.
  Result<std::optional<LayerRecord>> trusted_record(const std::string& id);
  Result<LayerRecord> must_have(const std::string& id);
  Result<bool> verify(const LayerRecord& record);
  Result<void> unpack_again(const LayerRecord& record);
  Result<void> drop_damaged_blobs(const LayerRecord& record);

  Result<LayerRecord> unpack(LayerDraft& draft, std::unique_ptr<ByteSource> blob,
                             const oci::Descriptor& descriptor, const oci::Digest& diff_id,
                             std::uint64_t limit);
  Result<std::unique_ptr<ByteSource>> open_pulled(const LayerRecord& record);
  Result<void> write_plain(const LayerRecord& record, ByteSink& sink,
                           std::optional<std::int64_t> clamp_mtime);
  Result<TarRecord> compress(const LayerRecord& record, const CompressionOptions& options,
                             std::optional<std::int64_t> clamp_mtime, ByteSink& output);
  Result<LayerTar> remember(const LayerRecord& record, const TarRecord& tar);
  std::optional<LayerBlob> find_blob(const LayerRecord& record, const CompressionOptions& compression,
                                     bool force, std::optional<std::int64_t> clamp_mtime) const;

  std::unique_ptr<LayerFolders> folders_;
  oci::ContentStore blobs_;
  KeyedLocks compressing_;  // by layer id
};

}  // namespace mbuild::builder
