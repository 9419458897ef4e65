// Walking a root file system for export.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "registry/base/result.h"
#include "registry/oci/entry.h"

namespace mbuild::builder {

// One file of the tree. `parent` is its directory, open while the visitor runs.
struct TreeFile {
  oci::Entry entry;  // a later name of a file that was met before is a hardlink to the first
  int parent = -1;
  std::string name;
  std::optional<std::string> content;  // of a regular file that is in no directory
};
using TreeVisitor = std::function<Result<void>(const TreeFile& file)>;

// Visits everything below `root` (not itself): parents before children, names of a directory in bytewise
// order. Sockets are left out. Of extended attributes security.capability and user.* are read. Symlinks are
// never followed; nothing may write to the tree meanwhile. Errors name the path.
Result<void> walk_tree(int root, const TreeVisitor& visit);

}  // namespace mbuild::builder
