#include "builder/snapshot/layer_check.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "builder/snapshot/fingerprint.h"
#include "builder/snapshot/layer_folders.h"
#include "builder/snapshot/layer_import.h"
#include "builder/snapshot/layer_writer.h"
#include "builder/snapshot/mounted_form.h"
#include "registry/base/atomic_file.h"
#include "registry/base/copy_stream.h"
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

Result<oci::Digest> digest_of(int directory, const char* name) {
  FdSource source(MBUILD_TRY(fs_at::open(directory, name, O_RDONLY, fs_at::Links::refuse)), name);
  oci::HashingSink hash(nullptr);
  MBUILD_TRY(copy(source, hash));
  return hash.finish();
}

Result<bool> same_tree(int first, int second) {
  const Fd one = MBUILD_TRY(fs_at::open(first, "fs", O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
  const Fd other = MBUILD_TRY(fs_at::open(second, "fs", O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
  return MBUILD_TRY(fingerprint_layer(one.get(), {1, 0})).fingerprint ==
         MBUILD_TRY(fingerprint_layer(other.get(), {1, 0})).fingerprint;
}

bool has(int directory, const char* name) {
  return ::faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

// Makes the forms again that the layer has, from its blob, and compares.
class PulledLayer {
 public:
  PulledLayer(LayerStore& layers, const LayerRecord& record, int directory)
      : layers_(layers), record_(record), directory_(directory) {}

  Result<Damage> judge() const {
    const BlobRecord* blob = pulled_blob(record_, layers_.blobs());
    if (!blob) return Damage("its blob is not in the store");
    if (!has(directory_, "fs") && !has(directory_, kArchiveFile)) return Damage("it has no files");
    if (has(directory_, "fs")) {
      const LayerDraft made = MBUILD_TRY(layers_.folders().make_draft());
      MBUILD_CHECK(make(*blob, [&](std::unique_ptr<ByteSource> tar, const oci::ArchiveOptions& options) {
        return unpack_archive(std::move(tar), options, made.fs.get(), layers_.folders().form());
      }));
      if (!MBUILD_TRY(same_tree(directory_, made.folder.fd()))) return different();
    }
    if (!has(directory_, kArchiveFile)) return Damage();
    const LayerDraft made = MBUILD_TRY(layers_.folders().make_draft());
    MBUILD_CHECK(make(*blob, [&](std::unique_ptr<ByteSource> tar, const oci::ArchiveOptions& options) {
      return write_mounted_form(std::move(tar), options, made.folder.fd());
    }));
    for (const char* name : {kArchiveFile, kIndexFile})
      if (MBUILD_TRY(digest_of(directory_, name)) != MBUILD_TRY(digest_of(made.folder.fd(), name)))
        return different();
    return Damage();
  }

 private:
  static Damage different() { return Damage("its files are not those of its blob"); }

  Result<void> make(const BlobRecord& known, const MakeForm& form) const {
    auto blob = MBUILD_TRY(layers_.blobs().open_blob(known.digest));
    if (!blob) return fail(ErrorKind::not_found, "its blob is not in the store");
    oci::Descriptor descriptor;
    descriptor.digest = known.digest;
    descriptor.size = known.size;
    MBUILD_TRY_AS("blob " + known.digest.str(),
                  import_layer(std::make_unique<FdSource>(std::move(*blob), "its content"), descriptor,
                               record_.layer.fingerprint, kNoLimit, layers_.blobs(), form));
    return {};
  }

  LayerStore& layers_;
  const LayerRecord& record_;
  int directory_;
};

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
  const Fd directory = MBUILD_TRY(
      fs_at::open_trusted(layers.root() + "/layers/" + record.layer.id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  AtomicFile::sweep(directory.get());
  if (record.imported) return PulledLayer(layers, record, directory.get()).judge();
  auto fs = fs_at::open(directory.get(), "fs", O_RDONLY | O_DIRECTORY, fs_at::Links::refuse);
  if (fs) return compare_with_fingerprint(record, fs->get());
  auto archive = MBUILD_TRY(layers.folders().open_archive(record.layer.id));
  if (!archive) return Damage("it has no files");
  const LayerDraft made = MBUILD_TRY(layers.folders().make_draft());
  MBUILD_TRY(unpack_archive(std::move(archive), {}, made.fs.get(), layers.folders().form()));
  return compare_with_fingerprint(record, made.fs.get());
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
