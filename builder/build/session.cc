#include "builder/build/session.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "builder/build/rung.h"

namespace mbuild::builder {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

std::string default_store_root() {
  if (std::string root = variable("MBUILD_ROOT"); !root.empty()) return root;
  if (geteuid() == 0) return "/var/lib/mbuild";
  if (std::string data = variable("XDG_DATA_HOME"); !data.empty()) return data + "/mbuild";
  return variable("HOME") + "/.local/share/mbuild";
}

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
  std::string root = options.store_root.empty() ? default_store_root() : options.store_root;
  std::string action = "open the store " + root;
  StoreLease lease = MBUILD_TRY_AS(action, StoreLease::take(root, options.cancel.flag().get()));
  std::unique_ptr<LayerStore> layers = MBUILD_TRY_AS(action, LayerStore::open(root));
  ImageStore images = MBUILD_TRY_AS(action, ImageStore::open(root));
  remote::ClientOptions client = client_options(options.registries, options.cancel);
  client.documents_dir = root + "/blobs";
  return Session{root, std::move(lease), std::move(layers), std::move(images),
                 MBUILD_TRY(remote::RegistryClient::create(std::move(client)))};
}

SnapshotterKind snapshotter_of(Rung rung) {
  return rung == Rung::no_namespaces ? SnapshotterKind::plain_copy : SnapshotterKind::overlay;
}

Result<std::unique_ptr<Snapshotter>> open_snapshotter(const std::string& name, Rung rung,
                                                      LayerStore& layers) {
  const std::string wanted = name.empty() ? variable("MBUILD_SNAPSHOTTER") : name;
  if (wanted == "overlay") return make_snapshotter(SnapshotterKind::overlay, layers);
  if (wanted == "copy") return make_snapshotter(SnapshotterKind::plain_copy, layers);
  if (!wanted.empty())
    return fail(ErrorKind::invalid_input,
                "snapshotter \"" + wanted + "\" is unknown: there are overlay and copy");
  Result<std::unique_ptr<Snapshotter>> best = make_snapshotter(snapshotter_of(rung), layers);
  if (best || best.error().kind() != ErrorKind::unsupported) return best;
  return make_snapshotter(SnapshotterKind::plain_copy, layers);
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
  return BuildMachine{
      MBUILD_TRY(ActionCache::open(session.store_root)), MBUILD_TRY(MountCache::open(session.store_root)),
      MBUILD_TRY(StepHistory::open(session.store_root)),
      MBUILD_TRY(open_snapshotter(snapshotter, rung, *session.layers)), MBUILD_TRY(make_sandbox(rung))};
}

}  // namespace mbuild::builder
