// Finding and taking in layers. What is made of them is in layer_tar.cc.
#include "builder/snapshot/layer_store.h"

#include <algorithm>
#include <utility>

#include "builder/snapshot/fingerprint.h"
#include "builder/snapshot/layer_import.h"
#include "builder/snapshot/local_layer_store.h"
#include "registry/base/atomic_file.h"
#include "registry/base/copy_stream.h"
#include "registry/base/fd_stream.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t kDefaultLimit = std::uint64_t{64} << 30;

// An imported layer is its diffID.
std::string id_of(const oci::Digest& diff_id) {
  return diff_id.hex();
}

LayerPtr layer_of(LayerRecord record) {
  return std::make_shared<const Layer>(std::move(record.layer));
}

}  // namespace

Result<std::unique_ptr<LayerStore>> LayerStore::open(const std::string& store_root) {
  auto folders = MBUILD_TRY_AS("open store " + store_root, LayerFolders::open(store_root));
  auto blobs = MBUILD_TRY_AS("open store " + store_root, oci::ContentStore::open(store_root + "/blobs"));
  // What processes that were killed had of a blob may be as large as one.
  auto unfinished = fs_at::open_trusted(store_root + "/blobs/sha256", O_RDONLY | O_DIRECTORY);
  if (unfinished)
    folders->work().run_later([folder = std::move(*unfinished)] { AtomicFile::sweep(folder.get()); });
  return std::make_unique<LocalLayerStore>(std::move(folders), std::move(blobs));
}

Result<LayerPtr> LocalLayerStore::find(const std::string& id) {
  return layer_of(MBUILD_TRY(must_have(id)));
}

Result<LayerRecord> LocalLayerStore::must_have(const std::string& id) {
  auto record = MBUILD_TRY(trusted_record(id));
  if (!record) return fail(ErrorKind::not_found, "layer " + id + " is not in the store");
  return std::move(*record);
}

Result<LayerPtr> LocalLayerStore::find_imported(const oci::Digest& diff_id) {
  auto record = MBUILD_TRY(trusted_record(id_of(diff_id)));
  if (!record || !record->imported) return nullptr;
  return layer_of(std::move(*record));
}

// The crash rule: files of this boot are in the page cache, whole. Of those that an earlier boot wrote and
// that nobody has read since, some may not have reached the disk.
Result<std::optional<LayerRecord>> LocalLayerStore::trusted_record(const std::string& id) {
  const auto trusted = [&](const LayerRecord& record) {
    return record.boot.empty() || record.boot == folders_->boot();
  };
  if (is_layer_id(id)) MBUILD_CHECK(folders_->ledger().pin(id));
  auto record = MBUILD_TRY(folders_->read(id));
  if (!record || trusted(*record)) return record;

  const FileLock lock = MBUILD_TRY(folders_->repair_lock());
  record = MBUILD_TRY(folders_->read(id));
  if (!record || trusted(*record)) return record;
  MBUILD_CHECK_AS("verify layer " + id, drop_damaged_blobs(*record));
  record = MBUILD_TRY(folders_->read(id));
  if (!record) return record;
  auto whole = verify(*record);
  if (!whole && whole.error().kind() != ErrorKind::corrupt && whole.error().kind() != ErrorKind::not_found) {
    return std::unexpected(std::move(whole).error().context("verify layer " + id));
  }
  if (!whole || !*whole) {
    MBUILD_CHECK(folders_->discard(id));
    return std::nullopt;
  }
  return folders_->read(id);
}

// Makes the record of a layer that proves to be whole a trusted one.
Result<bool> LocalLayerStore::verify(const LayerRecord& record) {
  const std::string& id = record.layer.id;
  if (record.imported) {
    MBUILD_CHECK(unpack_again(record));
    return true;
  }
  const Fd fs = MBUILD_TRY(folders_->open_tree(id));
  const LayerContent content =
      MBUILD_TRY(fingerprint_layer(fs.get(), {record.touched_from, record.touched_to}));
  if (content.fingerprint != record.layer.fingerprint) return false;
  MBUILD_CHECK(folders_->update(id, [](LayerRecord& changed) { changed.boot.clear(); }));
  return true;
}

// Reading an imported tree back and comparing it with its blob costs as much as making it anew.
Result<void> LocalLayerStore::unpack_again(const LayerRecord& record) {
  for (const BlobRecord& known : record.blobs) {
    auto blob = MBUILD_TRY(blobs_.open_blob(known.digest));
    if (!known.pulled || !blob) continue;
    oci::Descriptor descriptor;
    descriptor.digest = known.digest;
    descriptor.size = known.size;
    LayerDraft draft = MBUILD_TRY(folders_->make_draft());
    LayerRecord fresh = MBUILD_TRY(unpack(draft, std::make_unique<FdSource>(std::move(*blob), "blob"),
                                          descriptor, record.layer.fingerprint, kDefaultLimit));
    fresh.blobs = record.blobs;
    MBUILD_CHECK(folders_->discard(record.layer.id));
    MBUILD_TRY(folders_->install(draft, record.layer.id, fresh));
    return {};
  }
  return fail(ErrorKind::not_found, "its blob is gone");
}

Result<void> LocalLayerStore::drop_damaged_blobs(const LayerRecord& record) {
  std::vector<oci::Digest> damaged;
  for (const BlobRecord& known : record.blobs) {
    auto blob = MBUILD_TRY(blobs_.open_blob(known.digest));
    if (!blob) continue;
    FdSource source(std::move(*blob), "blob " + known.digest.str());
    oci::HashingSink hash(nullptr);
    MBUILD_TRY(copy(source, hash));
    if (hash.finish() == known.digest) continue;
    MBUILD_CHECK(blobs_.remove(known.digest));
    damaged.push_back(known.digest);
  }
  if (damaged.empty()) return {};
  return folders_->update(record.layer.id, [&](LayerRecord& changed) {
    std::erase_if(changed.blobs, [&](const BlobRecord& blob) {
      return std::find(damaged.begin(), damaged.end(), blob.digest) != damaged.end();
    });
  });
}

Result<LayerRecord> LocalLayerStore::unpack(LayerDraft& draft, std::unique_ptr<ByteSource> blob,
                                            const oci::Descriptor& descriptor, const oci::Digest& diff_id,
                                            std::uint64_t limit) {
  // It may be there already, as another layer's.
  MBUILD_CHECK(folders_->ledger().pin(descriptor.digest.hex()));
  const MakeForm make = [&](std::unique_ptr<ByteSource> tar, const oci::ArchiveOptions& options) {
    if (folders_->uses_mounts()) return keep_archive(std::move(tar), options, draft, folders_->form());
    return unpack_archive(std::move(tar), options, draft.fs.get(), folders_->form());
  };
  ImportedLayer imported =
      MBUILD_TRY(import_layer(std::move(blob), descriptor, diff_id, limit, blobs_, make));
  LayerRecord record;
  record.layer.id = id_of(diff_id);
  record.layer.fingerprint = diff_id;
  record.layer.entries = imported.content.entries;
  record.layer.bytes = imported.content.bytes;
  record.layer.whiteouts = imported.content.whiteouts;
  record.layer.hides_lower = imported.content.hides_lower;
  record.layer.implied_directories = std::move(imported.content.implied_directories);
  record.imported = true;
  record.boot = folders_->boot();
  record.tars = {{std::nullopt, diff_id, imported.tar_size}};
  BlobRecord known;
  known.pulled = true;
  known.digest = descriptor.digest;
  known.size = descriptor.size;
  known.compression = imported.compression;
  record.blobs = {known};
  return record;
}

Result<LayerPtr> LocalLayerStore::import(std::unique_ptr<ByteSource> blob, const oci::Descriptor& descriptor,
                                         const oci::Digest& diff_id, std::uint64_t limit) {
  const std::string id = id_of(diff_id);
  LayerDraft draft = MBUILD_TRY(folders_->make_draft());
  LayerRecord record =
      MBUILD_TRY_AS("unpack layer " + descriptor.digest.str(),
                    unpack(draft, std::move(blob), descriptor, diff_id, limit == 0 ? kDefaultLimit : limit));
  if (MBUILD_TRY(folders_->install(draft, id, record))) {
    folders_->wrote(record.layer.bytes + descriptor.size);
    return layer_of(std::move(record));
  }

  // Somebody else was faster, perhaps with the same contents in another blob.
  LayerRecord existing = MBUILD_TRY(must_have(id));
  const BlobRecord known = record.blobs.front();
  const auto same = [&](const BlobRecord& other) { return other.digest == known.digest; };
  if (std::none_of(existing.blobs.begin(), existing.blobs.end(), same)) {
    MBUILD_CHECK(folders_->update(id, [&](LayerRecord& changed) {
      if (std::none_of(changed.blobs.begin(), changed.blobs.end(), same)) changed.blobs.push_back(known);
      changed.boot = folders_->boot();
    }));
  }
  return layer_of(std::move(existing));
}

Result<LayerPtr> LocalLayerStore::adopt(std::unique_ptr<ByteSource> blob, const oci::Descriptor& descriptor,
                                        const oci::Digest& diff_id, std::uint64_t limit,
                                        const ForeignLayer& foreign) {
  LayerDraft draft = MBUILD_TRY(folders_->make_draft());
  LayerRecord record =
      MBUILD_TRY_AS("unpack layer " + descriptor.digest.str(),
                    unpack(draft, std::move(blob), descriptor, diff_id, limit == 0 ? kDefaultLimit : limit));
  record.imported = false;
  record.layer.id = foreign.id;
  record.layer.fingerprint = foreign.fingerprint;
  record.layer.created = foreign.created;
  record.touched_from = foreign.touched_from;
  record.touched_to = foreign.touched_to;
  if (MBUILD_TRY(folders_->install(draft, foreign.id, record))) {
    folders_->wrote(record.layer.bytes + descriptor.size);
    return layer_of(std::move(record));
  }
  return layer_of(MBUILD_TRY(must_have(foreign.id)));
}

}  // namespace mbuild::builder
