// Blobs, layers, and what is in the making.
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "builder/build/store_check.h"
#include "builder/snapshot/layer_check.h"
#include "builder/snapshot/layer_folders.h"
#include "builder/snapshot/work_area.h"
#include "registry/base/atomic_file.h"
#include "registry/base/copy_stream.h"
#include "registry/base/fd_stream.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr char kBlobs[] = "blobs/sha256";
constexpr char kLayers[] = "layers";

// A blob that was replaced while it was read is another one.
Result<void> remove_blob(int folder, const std::string& name, int read) {
  struct stat named {};
  struct stat was {};
  if (::fstatat(folder, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0 || ::fstat(read, &was) != 0)
    return errno == ENOENT ? Result<void>() : fail_errno(errno, "stat " + name);
  if (named.st_ino != was.st_ino || named.st_dev != was.st_dev) return {};
  return fs_at::remove_tree(folder, name);
}

Result<void> check_blob(const oci::ContentStore& blobs, const oci::Digest& digest, StoreFindings& findings) {
  auto opened = blobs.open_blob(digest);
  if (!opened) {
    findings.add_entry(blobs.fd(), kBlobs, digest.hex(), opened.error().message());
    return {};
  }
  if (!*opened) return {};  // it went meanwhile
  const int file = (*opened)->get();
  FdSource source(Fd(::fcntl(file, F_DUPFD_CLOEXEC, 0)), "blob " + digest.str());
  oci::HashingSink hash(nullptr);
  MBUILD_TRY_AS("verify blob " + digest.str(), copy(source, hash));
  const std::uint64_t size = hash.size();
  ++findings.report.blobs;
  findings.report.bytes += size;
  const oci::Digest found = hash.finish();
  if (found == digest) return {};
  findings.add(std::string(kBlobs) + "/" + digest.hex(),
               "its " + std::to_string(size) + " bytes have the digest " + found.str() +
                   ": the blob is damaged and is to be fetched or made again",
               [&] { return remove_blob(blobs.fd(), digest.hex(), file); });
  return {};
}

bool is_kept_apart(const std::string& name) {
  return name == ".fetching" || name == ".repair" || name == "lock";
}

}  // namespace

Result<void> check_blobs(const LayerStore& layers, StoreFindings& findings) {
  const oci::ContentStore& blobs = layers.blobs();
  const Fd folder = MBUILD_TRY(fs_at::open_trusted(layers.root() + "/" + kBlobs, O_RDONLY | O_DIRECTORY));
  AtomicFile::sweep(folder.get());
  for (const std::string& name : MBUILD_TRY_AS("list the blobs", fs_at::list(folder.get()))) {
    if (is_kept_apart(name) || name.starts_with(AtomicFile::kTemporaryPrefix)) continue;
    const auto digest = oci::Digest::parse("sha256:" + name);
    if (digest)
      MBUILD_CHECK(check_blob(blobs, *digest, findings));
    else
      findings.add_entry(folder.get(), kBlobs, name, "no blob: the name is no digest");
  }
  return {};
}

Result<void> check_layers(LayerStore& layers, StoreFindings& findings) {
  const Fd folder = MBUILD_TRY(fs_at::open_trusted(layers.root() + "/" + kLayers, O_RDONLY | O_DIRECTORY));
  for (const std::string& name : MBUILD_TRY_AS("list the layers", fs_at::list(folder.get()))) {
    if (is_kept_apart(name)) continue;
    ++findings.report.layers;
    const auto damage = MBUILD_TRY_AS("verify layer " + name, find_layer_damage(layers, name));
    if (!damage) continue;
    findings.broken_layers.insert(name);
    findings.add(std::string(kLayers) + "/" + name, *damage + ": the layer is to be fetched or made again",
                 [&]() -> Result<void> {
                   const FileLock lock = MBUILD_TRY(layers.folders().repair_lock());
                   return layers.folders().discard(name);
                 });
  }
  return {};
}

Result<void> check_work(const std::string& store_root, StoreFindings& findings) {
  const std::string path = store_root + "/work";
  const Fd work = MBUILD_TRY(fs_at::open_trusted(path, O_RDONLY | O_DIRECTORY));
  for (const std::string& name : MBUILD_TRY(WorkArea::abandoned(path)))
    findings.add_entry(work.get(), "work", name,
                       "left by a process that died, and not removed at the next start");
  return {};
}

}  // namespace mbuild::builder
