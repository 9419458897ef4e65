// MountCache: the store's `mounts/` folder: directories that RUN --mount=type=cache keeps between builds
// (SEMANTICS A12).
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "registry/base/fd.h"
#include "registry/base/file_lock.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// What tells one cache from another. All of it counts: the same id with another mode is another cache.
struct MountCacheKey {
  std::string id;
  std::uint32_t mode = 0755;  // of the root directory; owner and group as the step numbers them
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string from;  // identifies the tree the initial content is from; empty: none
};

// What tells caches apart, as a digest in hex.
std::string identity_of(const MountCacheKey& key);

// Between steps, in this process and others.
enum class MountSharing {
  shared,    // every step that shares sees one directory
  private_,  // a step that finds the directory in use gets another, which is kept and used again later
  locked,    // a step waits until the directory is free
};

struct MountRequest {
  MountCacheKey key;
  MountSharing sharing = MountSharing::shared;
  uid_t owner = 0;  // of a new root directory, as this process numbers them
  gid_t group = 0;
  // Puts the initial content into a new directory (given open, with mode and owner set). What it leaves
  // behind when it fails, or the process dies, is thrown away. May be empty.
  std::function<Result<void>(int dir)> fill;
  const std::atomic<bool>* cancel = nullptr;  // ends a wait with `cancelled` within 100 ms
};

// The right to use one directory, until it is destroyed. Move-only.
class MountLease {
 public:
  int root() const { return root_.get(); }  // O_RDONLY | O_DIRECTORY

 private:
  friend class MountCache;
  MountLease(FileLock lock, Fd root) : lock_(std::move(lock)), root_(std::move(root)) {}
  FileLock lock_;
  Fd root_;
};

// Thread-safe; any number of processes may use one folder. Leases are advisory locks (flock(2)): a process
// that dies holds none. A step that mounts one cache twice takes one lease for both.
class MountCache {
 public:
  static Result<MountCache> open(const std::string& store_root);
  Result<MountLease> acquire(const MountRequest& request) const;
  // What is there already, shared with others; nullopt when there is nothing, or a step has it for itself.
  Result<std::optional<MountLease>> find(const MountCacheKey& key) const;

 private:
  explicit MountCache(Fd dir) : dir_(std::move(dir)) {}
  Fd dir_;
};

}  // namespace mbuild::builder
