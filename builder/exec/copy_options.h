// What a COPY or ADD does to the files on their way.
#pragma once

#include <cstdint>
#include <optional>

#include "builder/context/file_metadata.h"
#include "builder/context/source_file.h"
#include "builder/exec/chmod_mode.h"

namespace mbuild::builder {

struct CopyOptions {
  std::optional<Owner> chown;
  std::optional<ChmodMode> chmod;
  bool unpack = false;               // archives become what they hold: ADD of local files, or --unpack
  std::uint64_t unpacked_limit = 0;  // bytes that an archive may unpack to; 0: ArchiveLimits's own
  // Files that are not any more what was fingerprinted are copied as they are now, instead of ending the
  // copy.
  bool accept_changes = false;
  unsigned threads = 0;  // as WorkQueue has it
};

// How `file` is to look where it lands.
inline FileMetadata landing_of(const SourceFile& file, const CopyOptions& options) {
  return {.mode = options.chmod ? options.chmod->apply(file.mode, file.is_directory()) : file.mode,
          .owner = options.chown.value_or(Owner{.uid = file.uid, .gid = file.gid}),
          .mtime = file.identity.mtime};
}

}  // namespace mbuild::builder
