// The tree that a chain of layers makes, worked out without a mount.
#pragma once

#include <string>
#include <vector>

#include "builder/snapshot/directory.h"
#include "builder/snapshot/layer_folders.h"

namespace mbuild::builder {

struct MergedEntry {
  DirectoryEntry entry;  // of a directory: with the metadata of the topmost layer whose archive states them
  // Where it comes from: indexes of MergedTree's layers, topmost first. Of a file there is one.
  std::vector<std::size_t> layers;
};

class MergedTree {
 public:
  static Result<MergedTree> open(const LayerFolders& folders, const LayerChain& chain);

  // All layers: what the root directory comes from. Empty for a chain without entries.
  std::vector<std::size_t> root() const;
  // The mode and owner of the root directory.
  Result<FileStatus> root_status() const;
  // The entries, sorted, of a directory that comes from these layers.
  Result<std::vector<MergedEntry>> list(const std::string& directory,
                                        const std::vector<std::size_t>& layers) const;
  int fs(std::size_t layer) const { return layers_[layer].fs.get(); }

 private:
  struct Source {
    LayerPtr layer;
    Fd fs;
  };
  explicit MergedTree(OverlayForm form) : form_(form) {}
  class Merge;

  OverlayForm form_;
  std::vector<Source> layers_;  // topmost first
};

}  // namespace mbuild::builder
