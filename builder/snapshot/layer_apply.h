// Unpacks a layer's tarball into a folder of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "builder/snapshot/overlay_form.h"
#include "registry/base/result.h"
#include "registry/oci/archive_reader.h"

namespace mbuild::builder {

struct AppliedLayer {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  bool whiteouts = false;
  bool hides_lower = false;
  std::vector<std::string> implied_directories;  // sorted
};

// Applies all members of `archive` to the empty directory `fs` (open for reading), by the rules of OCI
// image-spec layer.md ("Applying Changesets") and, where that is silent, of containerd's archive/tar.go:
//  - ".wh.NAME" becomes a whiteout, replacing what the same archive gave NAME before; ".wh..wh..opq" makes
//  its
//    directory opaque; other names that start with ".wh..wh." are metadata of AUFS and are left out;
//  - a member that is there already is replaced, but a directory stays and takes the new metadata; a
//  directory
//    in the place of a whiteout is opaque;
//  - a symlink on the way to a member is followed within `fs`; directories that are missing are made, 0755
//  0:0;
//  - a hardlink's target must be in the same archive;
//  - owners, modes and times are exact; of the xattrs security.capability and "user." ones are kept;
//  - device nodes are left out when the process may not make them.
// Nothing outside `fs` is read or written, whatever the archive says. A failure leaves `fs` half filled.
Result<AppliedLayer> apply_layer(oci::ArchiveReader& archive, int fs, const OverlayForm& form);

}  // namespace mbuild::builder
