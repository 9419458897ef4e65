#include "builder/snapshot/snapshotter.h"

#include "builder/snapshot/overlay_snapshotter.h"

namespace mbuild::builder {

Result<std::unique_ptr<Snapshotter>> make_snapshotter(SnapshotterKind kind, LayerStore& store) {
  switch (kind) {
    case SnapshotterKind::overlay:
      return make_overlay_snapshotter(store);
    case SnapshotterKind::plain_copy:
      break;
  }
  return fail(ErrorKind::unsupported, "plain-copy snapshots");
}

}  // namespace mbuild::builder
