// Snapshotter: makes rootfs trees out of layer chains, and layers out of what was done to a tree.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "builder/snapshot/layer.h"
#include "builder/snapshot/layer_store.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// A read-only tree. Nothing is left behind when it goes: the mount is a detached one.
class TreeView {
 public:
  virtual ~TreeView() = default;
  virtual int root() const = 0;  // O_PATH or O_RDONLY directory descriptor, for openat2 and open_tree
};

struct CommitOptions {
  // What made the change (the step without its inputs). A step of equal definition and equal result gets the
  // layer of the earlier run: "early cutoff".
  oci::Digest definition;
  // Files whose mtime lies in [started, now] count as "touched by the step"; their mtime is no content.
  std::chrono::system_clock::time_point started;
  // Who made the change, when a process of the step did: what is new belongs to them where the kernel cannot
  // say so (see file_owner.h).
  struct Creator {
    uid_t user = 0;
    gid_t group = 0;
  };
  std::optional<Creator> creator = std::nullopt;
};

struct CommittedLayer {
  LayerPtr layer;
  bool cut_off = false;  // an earlier, equal layer was used
};

// A writable tree over a chain. Destroyed without commit(), it leaves nothing.
class Workspace {
 public:
  virtual ~Workspace() = default;
  virtual int root() const = 0;
  // Turns the changes into a layer of the store (SEMANTICS B3, "Diff selection"). Nothing may write to the
  // tree any more. Called once; afterwards root() is gone.
  virtual Result<CommittedLayer> commit(const CommitOptions& options) = 0;
};

// Thread-safe.
class Snapshotter {
 public:
  virtual ~Snapshotter() = default;
  virtual Result<std::unique_ptr<TreeView>> view(const LayerChain& chain) = 0;
  virtual Result<std::unique_ptr<Workspace>> prepare(const LayerChain& chain) = 0;
};

enum class SnapshotterKind {
  erofs,    // overlay, with layers mounted from their tarballs (Linux 6.15, root)
  overlay,  // of unpacked layers
  plain_copy,
};

// `unsupported`, saying why, when the kernel, the user or the store's file system cannot do it. `store` is
// borrowed.
Result<std::unique_ptr<Snapshotter>> make_snapshotter(SnapshotterKind kind, LayerStore& store);

}  // namespace mbuild::builder
