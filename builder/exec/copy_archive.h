// COPY of many files, or of large ones, straight into a layer's tarball.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "builder/exec/copy_options.h"
#include "builder/exec/copy_parts.h"
#include "builder/snapshot/layer_store.h"
#include "builder/snapshot/snapshotter.h"
#include "registry/base/result.h"

namespace mbuild::builder {

struct ArchivedCopy {
  bool possible = false;             // else nothing was done
  CommittedLayer committed;          // without a layer when it was not possible or files were changed
  std::vector<std::string> changed;  // as CopyOutcome has it
};

// Whether there is so much to copy that writing a tarball pays, and nothing that only a tree can hold: one
// file, or one directory of plain files, directories and links, whose contents are known. The store must
// mount layers.
bool is_worth_an_archive(const std::vector<CopyPart>& parts, LayerStore& store);

// Does what copy_files() and Workspace::commit() do: `part` is copied to `destination` in the tree `root`,
// which stays as it is. Not possible when there is something at the destination already. The
// options must not accept changes. `earlier` is the id of a layer that an earlier run of the step gave, or
// empty: files that did not change are taken from it where that is faster.
Result<ArchivedCopy> copy_to_archive(LayerStore& store, const CopyPart& part, int root,
                                     std::string_view destination, const CopyOptions& options,
                                     const CommitOptions& commit, const std::string& earlier);

}  // namespace mbuild::builder
