// ArchiveLayer: a layer that is written as its tarball, without a tree first.
#pragma once

#include <memory>
#include <string>

#include "builder/snapshot/layer_store.h"
#include "builder/snapshot/snapshotter.h"
#include "registry/base/result.h"
#include "registry/base/stream.h"
#include "registry/oci/entry.h"

namespace mbuild::builder {

// The layer, its id and its tarball are those that Workspace::commit() gives for a tree with the same files.
// For stores that mount layers (LayerFolders::uses_mounts()). Destroyed without commit(), it leaves nothing.
class ArchiveLayer {
 public:
  // `store` is borrowed. `earlier` is the id of a layer with much the same files, or empty; it may be gone.
  static Result<ArchiveLayer> begin(LayerStore& store, const CommitOptions& options,
                                    const std::string& earlier);
  ArchiveLayer(ArchiveLayer&&) noexcept;
  ArchiveLayer& operator=(ArchiveLayer&&) noexcept;
  ~ArchiveLayer();

  // The time that counts as "now": an mtime that is no content.
  std::int64_t now() const;

  // In the order of a tarball: directories before what is in them, names bytewise. No hardlinks, no names
  // that mean a whiteout; of xattrs none.
  Result<void> add(const oci::Entry& entry);
  // A regular file and its data, of which `entry.size` bytes are read. Gives their digest. Data that ends
  // early is `corrupt`.
  Result<oci::Digest> add(const oci::Entry& entry, ByteSource& data);
  // The same with the data that the earlier layer has under this path, when its digest is `content`. Else
  // false, with nothing done.
  Result<bool> add_unchanged(const oci::Entry& entry, const oci::Digest& content);

  Result<CommittedLayer> commit();

 private:
  struct State;
  explicit ArchiveLayer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mbuild::builder
