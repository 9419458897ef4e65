#include "builder/build/store_contents.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "builder/cache/record.h"
#include "builder/exec/failed_steps.h"
#include "builder/snapshot/layer_folders.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY;
constexpr std::uint64_t kRecordLimit = 64 << 10;

// The names in a folder of the store, which may not be there yet.
Result<std::vector<std::string>> names_in(const std::string& path, Fd& folder) {
  auto opened = fs_at::open_trusted(path, kDirectory);
  if (!opened) {
    if (opened.error().kind() == ErrorKind::not_found) return std::vector<std::string>();
    return std::unexpected(std::move(opened).error());
  }
  folder = std::move(*opened);
  return fs_at::list(folder.get());
}

struct stat status_of(int folder, const std::string& path) {
  struct stat status {};
  if (::fstatat(folder, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) status = {};
  return status;
}

// Of all regular files beneath.
std::uint64_t bytes_beneath(int folder, const std::string& name) {
  auto directory = fs_at::open(folder, name, kDirectory | O_NOFOLLOW, fs_at::Links::refuse);
  if (!directory) return 0;
  const auto names = fs_at::list(directory->get());
  std::uint64_t bytes = 0;
  for (const std::string& entry : names ? *names : std::vector<std::string>()) {
    const struct stat status = status_of(directory->get(), entry);
    if (S_ISREG(status.st_mode)) bytes += static_cast<std::uint64_t>(status.st_size);
    if (S_ISDIR(status.st_mode)) bytes += bytes_beneath(directory->get(), entry);
  }
  return bytes;
}

bool is_hex(const std::string& text, std::size_t size) {
  return text.size() == size && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

Result<StoreContents> StoreContents::read(const std::string& store_root, LayerStore& layers,
                                          const ImageStore& images) {
  StoreContents contents = MBUILD_TRY(read_in_use(store_root, layers, images, {}));
  MBUILD_CHECK(contents.read_mounts());
  MBUILD_CHECK(contents.read_contexts());
  contents.sort();
  return contents;
}

Result<StoreContents> StoreContents::read_in_use(const std::string& store_root, LayerStore& layers,
                                                 const ImageStore& images,
                                                 const std::set<std::string>& pinned) {
  StoreContents contents(store_root, layers);
  MBUILD_CHECK(contents.read_needs(images));
  for (const std::string& name : pinned)
    contents.needed_.emplace(name, "a process that works with the store");
  MBUILD_CHECK(contents.read_actions());
  MBUILD_CHECK(contents.read_layers());
  MBUILD_CHECK(contents.read_blobs());
  contents.sort();
  return contents;
}

void StoreContents::sort() {
  std::stable_sort(items_.begin(), items_.end(),
                   [](const StoredItem& a, const StoredItem& b) { return a.bytes > b.bytes; });
}

Result<void> StoreContents::read_needs(const ImageStore& images) {
  const auto need = [this](const ImageRecord& record, const std::string& by) {
    needed_.emplace(record.id.hex(), by);
    for (const std::string& layer : record.layers) needed_.emplace(layer, by);
  };
  for (const ImageRecord& record : MBUILD_TRY(images.list())) {
    const std::string by = "image " + (record.name.empty() ? record.id.str().substr(0, 19) : record.name);
    need(record, by);
    for (const ImageRecord& other : record.others) need(other, by);
  }
  const FailedSteps failed = MBUILD_TRY(FailedSteps::open(root_));
  for (const FailedStep& step : MBUILD_TRY(failed.list())) {
    for (const std::string& layer : step.layers) needed_.emplace(layer, "failed step " + step.id);
    for (const FailedSource& source : step.sources)
      for (const std::string& layer : source.layers) needed_.emplace(layer, "failed step " + step.id);
  }
  return {};
}

Result<void> StoreContents::read_actions() {
  Fd folder;
  for (const std::string& group : MBUILD_TRY(names_in(root_ + "/actions", folder))) {
    if (!is_hex(group, 2)) continue;
    Fd records;
    for (const std::string& name : MBUILD_TRY(names_in(root_ + "/actions/" + group, records))) {
      const auto record = read_record(records.get(), name, "action", kRecordLimit);
      const auto layer = record ? record->text("layer") : std::nullopt;
      if (!layer) continue;
      const std::string id(*layer);
      actions_[id].push_back("actions/" + group + "/" + name);
      std::int64_t& used = layer_uses_[id];
      used = std::max<std::int64_t>(used, status_of(records.get(), name).st_mtim.tv_sec);
    }
  }
  return {};
}

void StoreContents::add_needed(StoredItem item) {
  if (const auto needed = needed_.find(item.id); needed != needed_.end()) item.needed_by = needed->second;
  items_.push_back(std::move(item));
}

Result<void> StoreContents::read_layers() {
  Fd folder;
  for (const std::string& id : MBUILD_TRY(names_in(root_ + "/layers", folder))) {
    const auto record = MBUILD_TRY(layers_->folders().read(id));
    if (!record) continue;
    StoredItem item{StoredKind::layer,   id, record->imported ? "pulled layer" : "layer of a step",
                    record->layer.bytes, 0,  ""};
    LayerParts& parts = layer_parts_[id];
    parts.bytes = record->layer.bytes;
    for (const BlobRecord& blob : record->blobs) {
      const auto size = MBUILD_TRY(layers_->blobs().size(blob.digest));
      if (!size || parts.has(blob.digest.hex())) continue;
      parts.blobs.push_back({blob.digest.hex(), *size});
      if (++layer_blobs_[blob.digest.hex()] == 1) item.bytes += *size;
    }
    const std::int64_t made = status_of(folder.get(), id + "/info.json").st_mtim.tv_sec;
    item.last_used = std::max(made, layer_uses_[id]);
    add_needed(std::move(item));
  }
  return {};
}

Result<void> StoreContents::read_blobs() {
  Fd folder;
  for (const std::string& name : MBUILD_TRY(names_in(root_ + "/blobs/sha256", folder))) {
    if (!is_hex(name, 64) || layer_blobs_.contains(name)) continue;
    const struct stat status = status_of(folder.get(), name);
    StoredItem item{StoredKind::blob,
                    name,
                    "content",
                    static_cast<std::uint64_t>(status.st_size),
                    std::max(status.st_mtim.tv_sec, status.st_atim.tv_sec),
                    ""};
    add_needed(std::move(item));
  }
  return {};
}

Result<void> StoreContents::read_mounts() {
  Fd folder;
  for (const std::string& name : MBUILD_TRY(names_in(root_ + "/mounts", folder))) {
    const auto record = read_record(folder.get(), name + "/info", "mount", kRecordLimit);
    if (!record) continue;
    StoredItem item{StoredKind::mount,
                    name,
                    "cache mount " + std::string(record->text("id").value_or("")),
                    bytes_beneath(folder.get(), name),
                    0,
                    ""};
    Fd cache;
    for (const std::string& number : MBUILD_TRY(names_in(root_ + "/mounts/" + name, cache)))
      item.last_used =
          std::max<std::int64_t>(item.last_used, status_of(cache.get(), number + "/lock").st_mtim.tv_sec);
    items_.push_back(std::move(item));
  }
  return {};
}

Result<void> StoreContents::read_contexts() {
  Fd folder;
  for (const std::string& name : MBUILD_TRY(names_in(root_ + "/contexts", folder))) {
    const struct stat status = status_of(folder.get(), name);
    if (!S_ISREG(status.st_mode)) continue;
    items_.push_back({StoredKind::context, name, "index of a build context",
                      static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec, ""});
  }
  return {};
}

// Records first: what points at a thing goes before the thing.
Result<std::uint64_t> StoreContents::remove_layer(int root, const std::string& id, bool dry_run) {
  if (!dry_run) {
    for (const std::string& path : actions_[id]) ::unlinkat(root, path.c_str(), 0);
    MBUILD_CHECK(layers_->folders().discard(id));
  }
  const LayerParts& parts = layer_parts_[id];
  std::uint64_t bytes = parts.bytes;
  for (const Blob& blob : parts.blobs) {
    if (--layer_blobs_[blob.hex] != 0 || needed_.contains(blob.hex)) continue;
    if (!dry_run) MBUILD_CHECK(layers_->blobs().remove(MBUILD_TRY(oci::Digest::parse("sha256:" + blob.hex))));
    bytes += blob.bytes;
  }
  return bytes;
}

Result<std::uint64_t> StoreContents::remove(const StoredItem& item, bool dry_run) {
  const Fd root = MBUILD_TRY(fs_at::open_trusted(root_, kDirectory));
  const std::string action = "remove " + item.what + " " + item.id;
  if (dry_run && item.kind != StoredKind::layer) return item.bytes;
  switch (item.kind) {
    case StoredKind::layer:
      return MBUILD_TRY_AS(action, remove_layer(root.get(), item.id, dry_run));
    case StoredKind::blob:
      MBUILD_CHECK_AS(action, layers_->blobs().remove(MBUILD_TRY(oci::Digest::parse("sha256:" + item.id))));
      return item.bytes;
    case StoredKind::mount: {
      const Fd mounts = MBUILD_TRY(fs_at::open(root.get(), "mounts", kDirectory, fs_at::Links::refuse));
      MBUILD_CHECK_AS(action, fs_at::remove_tree(mounts.get(), item.id));
      return item.bytes;
    }
    case StoredKind::context:
      if (::unlinkat(root.get(), ("contexts/" + item.id).c_str(), 0) != 0) return fail_errno(errno, action);
      return item.bytes;
  }
  return item.bytes;
}

}  // namespace mbuild::builder
