#include "builder/snapshot/snapshotter.h"

#include "builder/snapshot/layer_folders.h"
#include "builder/snapshot/overlay_snapshotter.h"
#include "builder/snapshot/plain_copy_snapshotter.h"

namespace mbuild::builder {

Result<std::unique_ptr<Snapshotter>> make_snapshotter(SnapshotterKind kind, LayerStore& store) {
  switch (kind) {
    case SnapshotterKind::erofs:
      MBUILD_CHECK(store.folders().use_mounts());
      return make_overlay_snapshotter(store);
    case SnapshotterKind::overlay:
      return make_overlay_snapshotter(store);
    case SnapshotterKind::plain_copy:
      return make_plain_copy_snapshotter(store);
  }
  return fail(ErrorKind::internal, "make a snapshotter: unknown kind");
}

}  // namespace mbuild::builder
