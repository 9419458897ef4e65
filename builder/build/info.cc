#include "builder/info.h"

#include <sys/utsname.h>

#include <thread>

#include "builder/build.h"
#include "builder/build/rung.h"
#include "builder/build/session.h"
#include "builder/build/store_root.h"
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
  info.store_root = store_root_of(store_root);
  info.platform = oci::Platform::host().str();
  std::unique_ptr<LayerStore> layers = MBUILD_TRY(LayerStore::open(info.store_root));
  ChosenSnapshotter chosen = MBUILD_TRY(open_snapshotter("", rung, *layers));
  info.snapshotter = std::move(chosen.name);
  info.why_no_better_snapshotter = std::move(chosen.why_not_better);
  utsname kernel{};
  if (uname(&kernel) == 0) info.kernel = kernel.release;
  info.processors = std::thread::hardware_concurrency();
  return info;
}

}  // namespace mbuild::builder
