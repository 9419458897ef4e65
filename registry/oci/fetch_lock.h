// FetchLock: of all the builds that use one store, one at a time fetches a blob; the others wait for it and
// find it there.
#pragma once

#include <functional>

#include "registry/base/fd.h"
#include "registry/oci/content_store.h"
#include "registry/oci/digest.h"

namespace mbuild::oci {

// Held until destroyed; the kernel lets go for a process that dies. It is a byte of the file ".fetching" in
// the store's folder (fcntl(2), open file description locks), so that nothing is left to sweep. Two digests
// share a byte once in 2^62: one then waits without need. Whoever gets it looks again whether the blob is
// there.
class FetchLock {
 public:
  // Waits; looks at `cancelled` (may be null) twenty times a second, and then fails with `cancelled`.
  static Result<FetchLock> acquire(const ContentStore& store, const Digest& digest,
                                   const std::function<bool()>& cancelled);

 private:
  explicit FetchLock(Fd file) : file_(std::move(file)) {}
  Fd file_;
};

}  // namespace mbuild::oci
