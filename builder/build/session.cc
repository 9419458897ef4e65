#include "builder/build/session.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>

#include "builder/build/make_room.h"
#include "builder/build/rung.h"
#include "builder/build/store_root.h"
#include "builder/prune.h"
#include "builder/snapshot/layer_folders.h"

namespace mbuild::builder {

namespace {

struct SnapshotterChoice {
  const char* name;
  SnapshotterKind kind;
  Rung least_rung;  // of those it is tried on unasked
};

// Best first.
constexpr std::array<SnapshotterChoice, 3> kSnapshotters = {
    {{"erofs", SnapshotterKind::erofs, Rung::root},
     {"overlay", SnapshotterKind::overlay, Rung::single_id},
     {"copy", SnapshotterKind::plain_copy, Rung::no_namespaces}}};

Result<void> keep_room(const std::string& root, LayerStore& layers) {
  const auto limit = MBUILD_TRY(store_quota(root));
  if (!limit) return {};
  auto keeper = std::make_shared<RoomKeeper>(layers, *limit);
  layers.folders().when_written([keeper](std::uint64_t bytes) { keeper->wrote(bytes); });
  return {};
}

}  // namespace

remote::ClientOptions client_options(const RegistryAccess& access, const CancelToken& cancel) {
  remote::ClientOptions client;
  client.user_agent = "mbuild/" MBUILD_VERSION;
  client.insecure_hosts = access.insecure;
  client.registries_file = access.registries_file;
  client.certificates_dir = access.certificates_dir;
  client.offline = access.offline;
  client.parallel_uploads = client.parallel_downloads = access.parallel;
  client.bytes_per_second = access.bytes_per_second;
  client.cancel = cancel.flag();
  return client;
}

Result<Session> Session::open(const SessionOptions& options) {
  std::string root = store_root_of(options.store_root);
  std::string action = "open the store " + root;
  StoreLease lease = MBUILD_TRY_AS(action, StoreLease::take(root, options.cancel.flag().get()));
  std::unique_ptr<LayerStore> layers = MBUILD_TRY_AS(action, LayerStore::open(root));
  ImageStore images = MBUILD_TRY_AS(action, ImageStore::open(root));
  MBUILD_CHECK_AS(action, keep_room(root, *layers));
  remote::ClientOptions client = client_options(options.registries, options.cancel);
  client.documents_dir = root + "/blobs";
  return Session{root, std::move(lease), std::move(layers), std::move(images),
                 MBUILD_TRY(remote::RegistryClient::create(std::move(client)))};
}

Result<ChosenSnapshotter> open_snapshotter(const std::string& name, Rung rung, LayerStore& layers) {
  const char* variable = name.empty() ? std::getenv("MBUILD_SNAPSHOTTER") : nullptr;
  const std::string wanted = variable ? variable : name;
  ChosenSnapshotter chosen;
  for (const SnapshotterChoice& choice : kSnapshotters) {
    if (wanted.empty() ? rung > choice.least_rung : wanted != choice.name) continue;
    auto snapshotter = make_snapshotter(choice.kind, layers);
    if (snapshotter) {
      chosen.snapshotter = std::move(*snapshotter);
      chosen.name = choice.name;
      return chosen;
    }
    if (!wanted.empty() || snapshotter.error().kind() != ErrorKind::unsupported) {
      return std::unexpected(std::move(snapshotter).error());
    }
    if (!chosen.why_not_better.empty()) chosen.why_not_better += "; ";
    chosen.why_not_better += snapshotter.error().message();
  }
  if (wanted.empty()) return fail(ErrorKind::unsupported, chosen.why_not_better);
  return fail(ErrorKind::invalid_input,
              "snapshotter \"" + wanted + "\" is unknown: there are erofs, overlay and copy");
}

ExportServices export_services(Session& session, const CancelToken& cancel) {
  ExportServices services;
  services.layers = session.layers.get();
  services.images = &session.images;
  services.registry = session.registry.get();
  services.threads = std::max(1u, std::thread::hardware_concurrency());
  services.cancel = cancel.flag().get();
  return services;
}

Result<BuildMachine> BuildMachine::open(Session& session, Isolation isolation,
                                        const std::string& snapshotter) {
  const Rung rung = MBUILD_TRY(choose_rung(isolation, probe_sandbox()));
  return BuildMachine{MBUILD_TRY(ActionCache::open(session.store_root)),
                      MBUILD_TRY(MountCache::open(session.store_root)),
                      MBUILD_TRY(StepHistory::open(session.store_root)),
                      MBUILD_TRY(open_snapshotter(snapshotter, rung, *session.layers)).snapshotter,
                      MBUILD_TRY(make_sandbox(rung))};
}

}  // namespace mbuild::builder
