// The files of an unpacked layer, in the order of its tarball.
#pragma once

#include <functional>
#include <string>

#include "registry/base/fd.h"
#include "registry/base/result.h"
#include "registry/oci/entry.h"

namespace mbuild::builder {

struct LayerFile {
  // Without xattrs: whoever opens the file reads them (see open_content()). Of a whiteout only the path, that
  // of the name it hides, is set.
  oci::Entry entry;
  bool whiteout = false;
};

using LayerFileVisitor = std::function<Result<void>(LayerFile file)>;

// Visits everything beneath `fs`, directories before what is in them, names in bytewise order, the root left
// out. Of several names of one file the first is the file and the others are hardlinks to it. Sockets are
// left out. Memory: the entries of the directories on the path to the current one.
Result<void> walk_layer(int fs, const LayerFileVisitor& visit);

// Opens a regular file of the layer for reading and adds to the entry the one xattr that layers keep
// (SEMANTICS B3), security.capability.
Result<Fd> open_content(int fs, oci::Entry& entry);

}  // namespace mbuild::builder
