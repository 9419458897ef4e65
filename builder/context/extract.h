// Unpacking an archive into a directory: ADD of archives, and build contexts that come as a tar.
#pragma once

#include <optional>

#include "builder/context/owner.h"
#include "registry/base/result.h"
#include "registry/oci/archive_reader.h"

namespace mbuild::builder {

struct ExtractOptions {
  std::optional<Owner> owner;  // of every member, instead of its own
};

// Makes every member of `archive` below `directory`, a descriptor, borrowed, of a directory that nobody else
// changes meanwhile. Owners, modes, mtimes (those before 1970 become 1970), xattrs and hardlinks are kept;
// parents that the archive does not mention are 0755 and 0:0; names that look like whiteouts are ordinary
// names. A member replaces whatever has its name, but directories are merged. Links are followed where they
// stand for directories on the way, absolute ones from `directory`; one that leads out of it is
// `invalid_input`. (BuildKit solver/llbsolver/file/unpack_root.go.)
Result<void> extract_archive(oci::ArchiveReader& archive, int directory, const ExtractOptions& options);

}  // namespace mbuild::builder
