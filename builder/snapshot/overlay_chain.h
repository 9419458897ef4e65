// A chain of layers as the directories that an overlay is made of.
#pragma once

#include <vector>

#include "builder/snapshot/layer_folders.h"
#include "builder/snapshot/overlay_mount.h"

namespace mbuild::builder {

class OverlayChain {
 public:
  static Result<OverlayChain> open(LayerFolders& folders, const LayerChain& chain);

  // Topmost first, at least one: layers without entries are left out, and so is what lies below an opaque
  // root.
  std::vector<int> directories() const;
  // There is one directory, and it is the tree as it is.
  bool is_plain() const { return directories_.size() == 1 && !whiteouts_; }
  // What must stay as long as something is mounted from the directories.
  std::vector<LayerDraft> take_folders() { return std::move(folders_); }

 private:
  Result<void> correct(LayerFolders& folders, const std::vector<LayerPtr>& layers);
  Result<void> add_empty(LayerFolders& folders);

  std::vector<Fd> directories_;
  std::vector<LayerDraft> folders_;
  bool whiteouts_ = false;
};

// A detached mount that is taken down, which is slow, when nobody waits for it.
class OverlayMount {
 public:
  static Result<std::unique_ptr<OverlayMount>> make(LayerFolders& folders, const OverlayStack& stack);
  // Read-only.
  static Result<std::unique_ptr<OverlayMount>> make(LayerFolders& folders, OverlayChain& chain);
  OverlayMount(const OverlayMount&) = delete;
  OverlayMount& operator=(const OverlayMount&) = delete;
  ~OverlayMount();

  int root() const { return root_.get(); }
  // To be removed after the mount.
  void keep(WorkFolder folder) { folders_.push_back(std::move(folder)); }
  void keep(OverlayChain& chain);

 private:
  OverlayMount(WorkArea& area, Fd root) : area_(area), root_(std::move(root)) {}

  WorkArea& area_;
  Fd root_;
  std::vector<WorkFolder> folders_;
};

}  // namespace mbuild::builder
