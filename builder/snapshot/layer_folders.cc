#include "builder/snapshot/layer_folders.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cerrno>
#include <cstdio>

#include "registry/base/atomic_file.h"
#include "registry/base/fd_stream.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr char kInfo[] = "info.json";
constexpr std::uint64_t kInfoLimit = 64 << 20;
constexpr char kTree[] = "fs";
constexpr char kRepair[] = ".repair";
constexpr int kReadDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

// Two processes may do so at the same time.
Result<void> make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno(errno, "make directory " + path);
  return {};
}

Result<void> make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    MBUILD_CHECK(make_directory(path.substr(0, slash)));
  }
  return make_directory(path);
}

std::string read_boot_id() {
  const auto id = fs_at::open_trusted("/proc/sys/kernel/random/boot_id", O_RDONLY);
  char text[36];
  if (!id || ::read(id->get(), text, sizeof text) != sizeof text) return "unknown";
  return std::string(text, sizeof text);
}

// Nothing that the folders above pass on may reach a layer: groups (set-group-ID, bsdgroups mounts), ACLs.
Result<Fd> make_tree(int parent) {
  if (::mkdirat(parent, kTree, 0700) != 0) return fail_errno(errno, "make directory");
  Fd tree = MBUILD_TRY(fs_at::open(parent, kTree, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, fs_at::Links::refuse));
  ::fremovexattr(tree.get(), "system.posix_acl_default");
  ::fremovexattr(tree.get(), "system.posix_acl_access");
  if (::fchown(tree.get(), ::geteuid(), ::getegid()) != 0) return fail_errno(errno, "set owner");
  if (::fchmod(tree.get(), 0755) != 0) return fail_errno(errno, "set mode");
  return tree;
}

Result<void> write_record(int directory, const LayerRecord& record) {
  AtomicFile file = MBUILD_TRY(AtomicFile::create(directory, kInfo, 0600));
  MBUILD_CHECK(file.write(encode(record)));
  return file.commit();
}

}  // namespace

bool is_layer_id(const std::string& id) {
  return !id.empty() && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

LayerFolders::LayerFolders(std::string root, Fd layers, OverlayForm form, std::unique_ptr<WorkArea> work)
    : root_(std::move(root)),
      layers_(std::move(layers)),
      form_(form),
      boot_(read_boot_id()),
      work_(std::move(work)),
      ledger_(std::make_unique<LayerLedger>(*work_)) {}

Result<std::unique_ptr<LayerFolders>> LayerFolders::open(const std::string& root) {
  MBUILD_CHECK(make_directories(root));
  MBUILD_CHECK(make_directory(root + "/layers"));
  MBUILD_CHECK(make_directory(root + "/work"));
  Fd layers = MBUILD_TRY(fs_at::open_trusted(root + "/layers", O_RDONLY | O_DIRECTORY));
  const OverlayForm form = MBUILD_TRY_AS(root, OverlayForm::probe(layers.get()));
  auto work = MBUILD_TRY(WorkArea::open(root + "/work"));
  return std::unique_ptr<LayerFolders>(new LayerFolders(root, std::move(layers), form, std::move(work)));
}

Result<std::optional<LayerRecord>> LayerFolders::read(const std::string& id) const {
  if (!is_layer_id(id)) return std::nullopt;
  auto text = fs_at::read_file(layers_.get(), id + "/" + kInfo, fs_at::Links::refuse, kInfoLimit);
  if (!text && text.error().kind() == ErrorKind::not_found) return std::nullopt;
  if (!text) return std::unexpected(std::move(text).error().context("layer " + id));
  auto record = decode_layer_record(*text);
  if (!record) return std::nullopt;
  record->layer.id = id;
  return std::optional<LayerRecord>(std::move(*record));
}

Result<void> LayerFolders::update(const std::string& id, const std::function<void(LayerRecord&)>& change) {
  const std::lock_guard lock(records_);
  auto record = MBUILD_TRY(read(id));
  if (!record) return fail(ErrorKind::not_found, "layer " + id + " is not in the store");
  change(*record);
  const Fd directory =
      MBUILD_TRY(fs_at::open(layers_.get(), id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, fs_at::Links::refuse));
  MBUILD_CHECK_AS("layer " + id, write_record(directory.get(), *record));
  return {};
}

Result<Fd> LayerFolders::open_tree(const std::string& id) const {
  const std::string action = "layer " + id;
  auto tree = MBUILD_TRY_AS(
      action, fs_at::open_if_exists(layers_.get(), id + "/" + kTree, kReadDirectory, fs_at::Links::refuse));
  if (tree) return std::move(*tree);
  const Fd directory =
      MBUILD_TRY_AS(action, fs_at::open(layers_.get(), id, kReadDirectory, fs_at::Links::refuse));
  if (mounts_) return MBUILD_TRY_AS(action, mounts_->open(id, directory.get()));
  MBUILD_CHECK_AS(action, unpack(directory.get()));
  return MBUILD_TRY_AS(action, fs_at::open(directory.get(), kTree, kReadDirectory, fs_at::Links::refuse));
}

Result<Fd> LayerFolders::open_archive_file(const std::string& id) const {
  auto file =
      fs_at::open(layers_.get(), id + "/" + kArchiveFile, O_RDONLY | O_NOFOLLOW, fs_at::Links::refuse);
  if (!file && file.error().kind() == ErrorKind::not_found) return Fd();
  return file;
}

Result<std::unique_ptr<ByteSource>> LayerFolders::open_archive(const std::string& id) const {
  Fd file = MBUILD_TRY(open_archive_file(id));
  if (!file) return nullptr;
  return std::make_unique<FdSource>(std::move(file), "layer " + id);
}

// Somebody else may be doing the same.
Result<void> LayerFolders::unpack(int directory) const {
  Fd file = MBUILD_TRY(fs_at::open(directory, kArchiveFile, O_RDONLY | O_NOFOLLOW, fs_at::Links::refuse));
  auto archive =
      MBUILD_TRY(oci::ArchiveReader::open(std::make_unique<FdSource>(std::move(file), kArchiveFile), {}));
  const LayerDraft draft = MBUILD_TRY(make_draft());
  MBUILD_TRY(apply_layer(archive, draft.fs.get(), form_));
  if (::renameat2(draft.folder.fd(), kTree, directory, kTree, RENAME_NOREPLACE) != 0 && errno != EEXIST) {
    return fail_errno(errno, "rename the unpacked layer");
  }
  return {};
}

Result<void> LayerFolders::use_mounts() {
  mounts_ = MBUILD_TRY(LayerMounts::probe(*work_));
  return {};
}

Result<LayerDraft> LayerFolders::make_draft() const {
  WorkFolder folder = MBUILD_TRY(work_->make_folder());
  Fd fs = MBUILD_TRY_AS(folder.path(), make_tree(folder.fd()));
  return LayerDraft{std::move(folder), std::move(fs)};
}

Result<bool> LayerFolders::install(LayerDraft& draft, const std::string& id, const LayerRecord& record) {
  const std::string action = "store layer " + id;
  MBUILD_CHECK_AS(action, write_record(draft.folder.fd(), record));
  MBUILD_CHECK_AS(action, ledger_->pin(id));
  while (!MBUILD_TRY_AS(action, draft.folder.move_out(layers_.get(), id))) {
    if (MBUILD_TRY(read(id))) return false;
    const FileLock lock = MBUILD_TRY(repair_lock());
    if (!MBUILD_TRY(read(id))) MBUILD_CHECK(discard(id));
  }
  return true;
}

Result<void> LayerFolders::discard(const std::string& id) {
  auto removed = work_->move_in(layers_.get(), id);
  if (removed || removed.error().kind() == ErrorKind::not_found) return {};
  return std::unexpected(std::move(removed).error().context("discard layer " + id));
}

Result<FileLock> LayerFolders::repair_lock() const {
  return MBUILD_TRY_AS(root_ + "/layers", FileLock::take(layers_.get(), kRepair, LockKind::exclusive));
}

}  // namespace mbuild::builder
