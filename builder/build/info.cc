#include "builder/info.h"

#include <sys/utsname.h>

#include <thread>

#include "builder/build.h"
#include "builder/build/rung.h"
#include "builder/build/session.h"
#include "builder/sandbox/sandbox.h"
#include "builder/snapshot/snapshotter.h"
#include "registry/oci/platform.h"

namespace mbuild::builder {

std::string version() {
  return MBUILD_VERSION;
}

Result<BuilderInfo> builder_info(const std::string& store_root, Isolation isolation) {
  const Rung rung = MBUILD_TRY(choose_rung(isolation, probe_sandbox()));
  BuilderInfo info;
  info.version = version();
  info.store_root = store_root.empty() ? default_store_root() : store_root;
  info.platform = oci::Platform::host().str();
  std::unique_ptr<LayerStore> layers = MBUILD_TRY(LayerStore::open(info.store_root));
  const bool overlay =
      snapshotter_of(rung) == SnapshotterKind::overlay && make_snapshotter(SnapshotterKind::overlay, *layers);
  info.snapshotter = overlay ? "overlay" : "plain copy";
  utsname kernel{};
  if (uname(&kernel) == 0) info.kernel = kernel.release;
  info.processors = std::thread::hardware_concurrency();
  return info;
}

}  // namespace mbuild::builder
