// Copying the contents of files by the fastest way that the file systems offer.
#pragma once

#include <cstdint>

#include "registry/base/result.h"

namespace mbuild {

// Copies all of the regular file `source` to the start of the empty regular file `target` and gives the
// number of bytes (holes included): by reflink (FICLONE), else in the kernel (copy_file_range), else through
// memory. Holes of the source stay holes. The descriptors' positions are neither used nor kept. A source that
// shrinks meanwhile gives what there was.
Result<std::uint64_t> copy_file(int source, int target);

}  // namespace mbuild
