// StoreLease: who works with a store, so that pruning takes nothing away from them.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "registry/base/fd.h"
#include "registry/base/file_lock.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// A lock of the file `in-use`: shared by all who use the store, alone with who prunes it. It ends
// with its process. Move-only.
class StoreLease {
 public:
  // Makes the store when it is missing. Waits while it is being pruned, which is short; `cancel` may be null.
  static Result<StoreLease> take(const std::string& store_root, const std::atomic<bool>* cancel);
  // The store to oneself: nullopt while anybody uses it.
  static Result<std::optional<StoreLease>> try_take_alone(const std::string& store_root);

  void release() { lock_.release(); }

 private:
  explicit StoreLease(FileLock lock) : lock_(std::move(lock)) {}
  FileLock lock_;
};

}  // namespace mbuild::builder
