#include "builder/snapshot/layer_check.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "builder/snapshot/fingerprint.h"
#include "builder/snapshot/layer_folders.h"
#include "builder/snapshot/layer_import.h"
#include "builder/snapshot/layer_writer.h"
#include "registry/base/atomic_file.h"
#include "registry/base/fd_stream.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t kNoLimit = ~std::uint64_t{0} >> 1;

using Damage = std::optional<std::string>;

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

const BlobRecord* pulled_blob(const LayerRecord& record, const oci::ContentStore& blobs) {
  for (const BlobRecord& known : record.blobs)
    if (known.pulled && blobs.contains(known.digest)) return &known;
  return nullptr;
}

// The blob is what the layer is.
Result<Damage> compare_with_blob(LayerStore& layers, const LayerRecord& record, int fs) {
  const BlobRecord* known = pulled_blob(record, layers.blobs());
  if (!known) return Damage("its blob is not in the store");
  auto blob = MBUILD_TRY(layers.blobs().open_blob(known->digest));
  if (!blob) return Damage("its blob is not in the store");
  oci::Descriptor descriptor;
  descriptor.digest = known->digest;
  descriptor.size = known->size;
  const LayerDraft draft = MBUILD_TRY(layers.folders().make_draft());
  auto unpacked = import_layer(std::make_unique<FdSource>(std::move(*blob), "blob " + known->digest.str()),
                               descriptor, record.layer.fingerprint, kNoLimit, layers.blobs(), draft.fs.get(),
                               layers.folders().form());
  if (!unpacked) {
    if (unpacked.error().kind() != ErrorKind::corrupt) return std::unexpected(std::move(unpacked).error());
    return Damage("blob " + known->digest.str() + ": " + unpacked.error().message());
  }
  const LayerContent expected = MBUILD_TRY(fingerprint_layer(draft.fs.get(), {1, 0}));
  const LayerContent found = MBUILD_TRY(fingerprint_layer(fs, {1, 0}));
  if (found.fingerprint != expected.fingerprint) return Damage("its files are not those of its blob");
  return Damage();
}

Result<Damage> compare_with_fingerprint(const LayerRecord& record, int fs) {
  const LayerContent found = MBUILD_TRY(fingerprint_layer(fs, {record.touched_from, record.touched_to}));
  if (found.fingerprint != record.layer.fingerprint) return Damage("its files do not have its fingerprint");
  for (const TarRecord& tar : record.tars) {
    oci::HashingSink hash(nullptr);
    MBUILD_CHECK(write_layer(fs, hash, tar.clamp_mtime));
    const std::uint64_t size = hash.size();
    if (size != tar.size || hash.finish() != tar.diff_id)
      return Damage("its files do not give its tarball " + tar.diff_id.str());
  }
  return Damage();
}

// What reading a damaged tree may run into says that it is damaged.
bool is_damage(const Error& error) {
  return error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::not_found ||
         error.kind() == ErrorKind::invalid_input;
}

Result<Damage> judge(LayerStore& layers, const LayerRecord& record) {
  if (const auto folder =
          fs_at::open_trusted(layers.root() + "/layers/" + record.layer.id, O_RDONLY | O_DIRECTORY))
    AtomicFile::sweep(folder->get());
  auto fs = layers.folders().open_tree(record.layer.id);
  if (!fs) return Damage("it has no files: " + fs.error().message());
  return record.imported ? compare_with_blob(layers, record, fs->get())
                         : compare_with_fingerprint(record, fs->get());
}

}  // namespace

Result<Damage> find_layer_damage(LayerStore& layers, const std::string& id) {
  const std::string path = layers.root() + "/layers/" + id;
  auto record = layers.folders().read(id);
  Damage damage;
  if (!record || !*record) {
    damage = "its record info.json is missing or damaged, or it is no layer";
  } else {
    auto judged = judge(layers, **record);
    if (!judged && !is_damage(judged.error())) return judged;
    damage = judged ? std::move(*judged) : Damage(judged.error().message());
  }
  // Another process may have found the damage first.
  if (damage && !exists(path)) return Damage();
  return damage;
}

}  // namespace mbuild::builder
