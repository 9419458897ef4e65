#include "builder/info.h"

#include <sys/utsname.h>

#include <thread>

#include "builder/build.h"
#include "builder/sandbox/sandbox.h"
#include "builder/snapshot/snapshotter.h"
#include "registry/oci/platform.h"

namespace mbuild::builder {

namespace {

std::string name_of(Rung rung) {
  switch (rung) {
    case Rung::root:
      return "root, all namespaces";
    case Rung::subordinate_ids:
      return "user namespace with subordinate ids";
    case Rung::single_id:
      return "user namespace with one id";
    case Rung::no_namespaces:
      return "no namespaces";
  }
  return "";
}

}  // namespace

std::string version() {
  return MBUILD_VERSION;
}

Result<BuilderInfo> builder_info(const std::string& store_root) {
  BuilderInfo info;
  info.version = version();
  info.store_root = store_root.empty() ? default_store_root() : store_root;
  info.platform = oci::Platform::host().str();
  SandboxProbe probe = probe_sandbox();
  info.rung = static_cast<int>(probe.rung);
  info.rung_name = name_of(probe.rung);
  info.why_not_better = probe.why_not_better;
  info.advice = probe.advice;
  std::unique_ptr<LayerStore> layers = MBUILD_TRY(LayerStore::open(info.store_root));
  info.snapshotter = make_snapshotter(SnapshotterKind::overlay, *layers) ? "overlay" : "copy";
  utsname kernel{};
  if (uname(&kernel) == 0) info.kernel = kernel.release;
  info.processors = std::thread::hardware_concurrency();
  return info;
}

}  // namespace mbuild::builder
