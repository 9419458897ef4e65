#include "builder/build/source_services.h"

#include <fcntl.h>

#include "builder/build/secrets.h"
#include "builder/snapshot/layer_folders.h"
#include "registry/base/fs_at.h"
#include "registry/remote/http_transport.h"

namespace mbuild::builder {

namespace {

Result<Fd> open_index_folder(const std::string& store_root) {
  const Fd store = MBUILD_TRY(fs_at::open_trusted(store_root, O_RDONLY | O_DIRECTORY));
  return fs_at::make_directories(store.get(), "contexts", 0755);
}

class OfflineTransport : public remote::Transport {
 public:
  Result<remote::Response> send(const remote::Request& request) override {
    return fail(ErrorKind::unsupported, request.url.display() + ": not asked, as --offline says");
  }
};

}  // namespace

Result<std::unique_ptr<SourceServices>> SourceServices::open(Session& session, const BuildRequest& request,
                                                             const SshAgents& agents) {
  // Trust is the system's: what a registry is forgiven does not go for other servers.
  remote::HttpTransportOptions web;
  web.user_agent = "mbuild/" MBUILD_VERSION;
  web.proxies = MBUILD_TRY(remote::ProxyRules::from_environment(remote::process_environment));
  web.cancel = request.cancel.flag();
  web.bytes_per_second = request.registries.bytes_per_second;
  std::unique_ptr<remote::Transport> transport = remote::make_http_transport(std::move(web));
  if (request.registries.offline) transport = std::make_unique<OfflineTransport>();
  std::unique_ptr<SourceServices> services(
      new SourceServices(MBUILD_TRY(session.layers->folders().work().make_folder()),
                         MBUILD_TRY(open_index_folder(session.store_root)), std::move(transport),
                         remote::TimeSource::real(request.cancel.flag())));
  services->downloads_ = std::make_unique<Downloads>(MBUILD_TRY(
      Downloads::open(session.store_root, session.layers->blobs(), *services->transport_, services->time_)));

  SourceFetcherOptions options;
  options.offline = request.registries.offline;
  options.work = services->work_.fd();
  options.index_folder = services->index_.get();
  options.secrets = secret_reader(request);
  options.ssh_socket = agents.default_socket();
  options.context_ssh_socket = options.ssh_socket;
  if (options.context_ssh_socket.empty())
    options.context_ssh_socket = options.environment("SSH_AUTH_SOCK").value_or("");
  options.cancel = request.cancel.flag();
  options.unpacked_limit = request.unpacked_limit;
  services->fetcher_ =
      std::make_unique<SourceFetcher>(std::move(options), *services->downloads_, session.layers->blobs());
  return services;
}

}  // namespace mbuild::builder
