// LayerFolders: the store's `layers/` and `work/` as files, for the layer store and the snapshotters.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "builder/snapshot/layer_ledger.h"
#include "builder/snapshot/layer_record.h"
#include "builder/snapshot/mounted_form.h"
#include "builder/snapshot/overlay_form.h"
#include "builder/snapshot/work_area.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// A layer in the making: a folder as in `layers/`, without its record yet.
struct LayerDraft {
  WorkFolder folder;
  Fd fs;  // its `fs/`: O_RDONLY | O_DIRECTORY
};

bool is_layer_id(const std::string& id);  // whether a layer can have it

// Thread-safe, and safe beside other processes on the same folder.
class LayerFolders {
 public:
  // Creates the folders that are missing, readable by the owner alone.
  static Result<std::unique_ptr<LayerFolders>> open(const std::string& root);

  const std::string& root() const { return root_; }
  const OverlayForm& form() const { return form_; }
  const std::string& boot() const { return boot_; }  // identifies this boot of the machine

  // What is known of a layer, or nullopt: a layer without a valid record is none. The id need not be one.
  Result<std::optional<LayerRecord>> read(const std::string& id) const;
  // What this process uses: a layer is pinned before it is read().
  LayerLedger& ledger() const { return *ledger_; }
  // Changes the record as it is on disk now. Of two processes that do so at the same time one may lose.
  Result<void> update(const std::string& id, const std::function<void(LayerRecord&)>& change);
  // The layer's tree, for reading: unpacked, or mounted where that can be done. Else it is unpacked now.
  Result<Fd> open_tree(const std::string& id) const;
  // The layer's tarball when it lies in the store uncompressed, else null.
  Result<std::unique_ptr<ByteSource>> open_archive(const std::string& id) const;
  // The same as a file, else none.
  Result<Fd> open_archive_file(const std::string& id) const;

  // Layers are to be mounted instead of unpacked from now on. `unsupported`, saying why, when they cannot be.
  // Called before the folders are shared.
  Result<void> use_mounts();
  bool uses_mounts() const { return mounts_ != nullptr; }

  // With an empty `fs` that is 0755 and owned by the process's ids, whatever the umask and the folders above
  // say.
  Result<LayerDraft> make_draft() const;
  WorkArea& work() const { return *work_; }
  // Makes the draft the layer of this id, pinned, whole or not at all. False when there is one already; the
  // draft is then as it was.
  Result<bool> install(LayerDraft& draft, const std::string& id, const LayerRecord& record);
  // Removes a layer, or what is left of one, that cannot be trusted. Callers hold repair_lock().
  Result<void> discard(const std::string& id);
  // Who is told how many bytes came into the store each time that something is there. They may wait for locks
  // of the store, and are called where none is held. Set before the folders are shared.
  void when_written(std::function<void(std::uint64_t)> told) { told_ = std::move(told); }
  void wrote(std::uint64_t bytes) const {
    if (told_) told_(bytes);
  }
  // Held, across processes, by whoever judges layers of an earlier boot.
  Result<FileLock> repair_lock() const;

 private:
  LayerFolders(std::string root, Fd layers, OverlayForm form, std::unique_ptr<WorkArea> work);

  Result<void> unpack(int directory) const;

  std::string root_;
  Fd layers_;
  OverlayForm form_;
  std::string boot_;
  std::unique_ptr<WorkArea> work_;
  std::unique_ptr<LayerLedger> ledger_;
  std::function<void(std::uint64_t)> told_;
  std::unique_ptr<LayerMounts> mounts_;
  std::mutex records_;
};

}  // namespace mbuild::builder
