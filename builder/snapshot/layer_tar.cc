// What is made of layers: tarballs and blobs.
#include <utility>

#include "builder/snapshot/byte_pipe.h"
#include "builder/snapshot/layer_writer.h"
#include "builder/snapshot/local_layer_store.h"
#include "registry/base/copy_stream.h"
#include "registry/base/fd_stream.h"

namespace mbuild::builder {

namespace {

LayerBlob blob_of(const BlobRecord& record) {
  return {record.digest, record.size, record.compression, ""};
}

}  // namespace

Result<std::unique_ptr<ByteSource>> LocalLayerStore::open_pulled(const LayerRecord& record) {
  for (const BlobRecord& known : record.blobs) {
    if (!known.pulled) continue;
    auto blob = MBUILD_TRY(blobs_.open_blob(known.digest));
    if (!blob) continue;
    return make_decompressor(std::make_unique<FdSource>(std::move(*blob), "blob " + known.digest.str()),
                             known.compression);
  }
  return fail(ErrorKind::not_found, "layer " + record.layer.id + ": its blob is no longer in the store");
}

Result<void> LocalLayerStore::write_plain(const LayerRecord& record, ByteSink& sink,
                                          std::optional<std::int64_t> clamp_mtime) {
  const auto archive = MBUILD_TRY(folders_->open_archive(record.layer.id));
  if (archive && (record.imported || !clamp_mtime)) {
    MBUILD_TRY(copy(*archive, sink));
    return {};
  }
  if (record.imported) {
    const auto source = MBUILD_TRY(open_pulled(record));
    MBUILD_TRY_AS("layer " + record.layer.id, copy(*source, sink));
    return {};
  }
  const Fd fs = MBUILD_TRY(folders_->open_tree(record.layer.id));
  MBUILD_CHECK_AS("layer " + record.layer.id, write_layer(fs.get(), sink, clamp_mtime));
  return {};
}

Result<LayerTar> LocalLayerStore::remember(const LayerRecord& record, const TarRecord& tar) {
  if (!record.find_tar(tar.clamp_mtime)) {
    MBUILD_CHECK(folders_->update(record.layer.id, [&](LayerRecord& changed) {
      if (!changed.find_tar(tar.clamp_mtime)) changed.tars.push_back(tar);
    }));
  }
  return LayerTar{tar.diff_id, tar.size};
}

Result<LayerTar> LocalLayerStore::write_tar(const Layer& layer, ByteSink& sink,
                                            std::optional<std::int64_t> clamp_mtime) {
  const LayerRecord record = MBUILD_TRY(must_have(layer.id));
  if (record.imported) clamp_mtime.reset();
  if (const TarRecord* known = record.find_tar(clamp_mtime)) {
    MBUILD_CHECK(write_plain(record, sink, clamp_mtime));
    return LayerTar{known->diff_id, known->size};
  }
  oci::HashingSink hash(&sink);
  MBUILD_CHECK(write_plain(record, hash, clamp_mtime));
  return remember(record, {clamp_mtime, hash.finish(), hash.size()});
}

Result<LayerTar> LocalLayerStore::tar_info(const Layer& layer, std::optional<std::int64_t> clamp_mtime) {
  const LayerRecord record = MBUILD_TRY(must_have(layer.id));
  if (record.imported) clamp_mtime.reset();
  if (const TarRecord* known = record.find_tar(clamp_mtime)) return LayerTar{known->diff_id, known->size};
  oci::HashingSink hash(nullptr);
  MBUILD_CHECK(write_plain(record, hash, clamp_mtime));
  return remember(record, {clamp_mtime, hash.finish(), hash.size()});
}

std::optional<LayerBlob> LocalLayerStore::find_blob(const LayerRecord& record,
                                                    const CompressionOptions& compression, bool force,
                                                    std::optional<std::int64_t> clamp_mtime) const {
  for (const BlobRecord& known : record.blobs) {
    if (!blobs_.contains(known.digest)) continue;
    const bool same_type = known.compression == compression.type;
    if (known.pulled ? !clamp_mtime && (same_type || !force)
                     : same_type && known.level == compression.level && known.clamp_mtime == clamp_mtime) {
      return blob_of(known);
    }
  }
  return std::nullopt;
}

// Gives what the tarball is, which is not hashed once more when that is known.
Result<TarRecord> LocalLayerStore::compress(const LayerRecord& record, const CompressionOptions& options,
                                            std::optional<std::int64_t> clamp_mtime, ByteSink& output) {
  AsyncSink async(output);  // the compressed bytes are hashed beside the compression
  const auto compressor = MBUILD_TRY(make_compressor(async, options));
  const auto finish = [&]() -> Result<void> {
    MBUILD_CHECK(compressor->finish());
    return async.finish();
  };
  if (const TarRecord* known = record.find_tar(clamp_mtime)) {
    MBUILD_CHECK(write_plain(record, *compressor, clamp_mtime));
    MBUILD_CHECK(finish());
    return *known;
  }
  oci::HashingSink hash(compressor.get());
  MBUILD_CHECK(write_plain(record, hash, clamp_mtime));
  MBUILD_CHECK(finish());
  return TarRecord{clamp_mtime, hash.finish(), hash.size()};
}

Result<LayerBlob> LocalLayerStore::ensure_blob(const Layer& layer, const CompressionOptions& compression,
                                               bool force, std::optional<std::int64_t> clamp_mtime) {
  // What is pushed and what a cache elsewhere gets is often one blob, wanted at one time.
  const KeyedLocks::Hold hold = compressing_.lock(layer.id);
  const LayerRecord record = MBUILD_TRY(must_have(layer.id));
  if (record.imported) clamp_mtime.reset();
  if (auto known = find_blob(record, compression, force, clamp_mtime)) return *known;

  auto writer = MBUILD_TRY(blobs_.create());
  BlobRecord blob{clamp_mtime, compression.level, false, {}, 0, compression.type};
  TarRecord tar{clamp_mtime, {}, 0};
  if (compression.type == Compression::none) {
    MBUILD_CHECK(write_plain(record, writer, clamp_mtime));
    tar.size = writer.size();
  } else {
    tar = MBUILD_TRY(compress(record, compression, clamp_mtime, writer));
  }
  blob.size = writer.size();
  MBUILD_CHECK(folders_->ledger().pin_made([&]() -> Result<std::string> {
    blob.digest = MBUILD_TRY(writer.commit());
    return blob.digest.hex();
  }));
  if (compression.type == Compression::none) tar.diff_id = blob.digest;
  MBUILD_CHECK(folders_->update(record.layer.id, [&](LayerRecord& changed) {
    if (!changed.find_tar(clamp_mtime)) changed.tars.push_back(tar);
    if (!find_blob(changed, compression, force, clamp_mtime)) changed.blobs.push_back(blob);
    changed.boot =
        folders_->boot();  // the blob's: it is to be verified in the next, as the layer may have been
  }));
  folders_->wrote(blob.size);
  return blob_of(blob);
}

}  // namespace mbuild::builder
