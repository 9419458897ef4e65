// Mounts of EROFS images that lie in files.
#pragma once

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// A detached, read-only mount of the image in `index`, whose contents are in `archive`; both are regular
// files, borrowed for the call. It lasts as long as the descriptor (O_PATH) or mounts that were made from it.
// Needs CAP_SYS_ADMIN in the first user namespace and Linux 6.12 (file-backed mounts); `unsupported` says why
// not.
Result<Fd> mount_erofs(int index, int archive);

}  // namespace mbuild::builder
