// Directories that a layer's archive has files in but no entry for.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "builder/snapshot/directory.h"
#include "builder/snapshot/layer.h"
#include "builder/snapshot/overlay_form.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// A layer of a chain and its unpacked tree, open for reading.
struct OpenLayer {
  LayerPtr layer;
  int fs = -1;
};

// Unpacked on its own, such a directory gets a mode and an owner that nobody asked for, and hides those of
// the same directory in the layers below: /tmp would no longer be sticky. Unpacked onto those layers, as
// Docker and containerd do, it leaves them alone. Gives the metadata that the directories concerned, and
// those that lead to them, should have in the tree that `layers` (topmost first) make; nothing when no
// directory is concerned.
Result<std::map<std::string, FileStatus>> correct_implied_directories(std::span<const OpenLayer> layers,
                                                                      const OverlayForm& form);

// Makes these directories, with their metadata, in an empty tree. As the topmost layer it corrects them.
Result<void> make_corrections(int fs, const std::map<std::string, FileStatus>& directories);

}  // namespace mbuild::builder
