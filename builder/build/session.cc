#include "builder/build/session.h"

#include <unistd.h>

#include <cstdlib>

namespace mbuild::builder {

std::string default_store_root() {
  auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value ? value : "";
  };
  if (std::string root = variable("MBUILD_ROOT"); !root.empty()) return root;
  if (geteuid() == 0) return "/var/lib/mbuild";
  if (std::string data = variable("XDG_DATA_HOME"); !data.empty()) return data + "/mbuild";
  return variable("HOME") + "/.local/share/mbuild";
}

Result<Session> Session::open(const SessionOptions& options) {
  std::string root = options.store_root.empty() ? default_store_root() : options.store_root;
  std::string action = "open the store " + root;
  std::unique_ptr<LayerStore> layers = MBUILD_TRY_AS(action, LayerStore::open(root));
  ImageStore images = MBUILD_TRY_AS(action, ImageStore::open(root));
  remote::ClientOptions client;
  client.user_agent = "mbuild/" MBUILD_VERSION;
  client.insecure_hosts = options.insecure_registries;
  client.registries_file = options.registries_file;
  client.cancel = options.cancel.flag();
  return Session{root, std::move(layers), std::move(images),
                 MBUILD_TRY(remote::RegistryClient::create(std::move(client)))};
}

Result<BuildMachine> BuildMachine::open(Session& session) {
  SandboxProbe probe = probe_sandbox();
  return BuildMachine{MBUILD_TRY(ActionCache::open(session.store_root)),
                      MBUILD_TRY(MountCache::open(session.store_root)),
                      MBUILD_TRY(StepHistory::open(session.store_root)),
                      MBUILD_TRY(make_snapshotter(SnapshotterKind::overlay, *session.layers)),
                      MBUILD_TRY(make_sandbox(probe.rung))};
}

}  // namespace mbuild::builder
