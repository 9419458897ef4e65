#include "registry/remote/setup.h"

#include <fmt/format.h>

#include "registry/remote/certificates.h"
#include "registry/remote/http_transport.h"

namespace mbuild::remote {

namespace {

// What certs.d says of a host, and less trust than that for hosts that are declared insecure.
Result<TlsConfig> tls_config(const Registries& registries, const std::vector<std::string>& folders,
                             const Url& url) {
  TlsConfig config = MBUILD_TRY(load_certificates(folders, url.authority()));
  if (!registries.hosts_folder().empty()) MBUILD_CHECK(add_hosts_tls(registries.hosts_folder(), url, config));
  if (config.ca_files.empty() && registries.is_insecure(url.authority())) config.verify = false;
  return config;
}

// The network that a user has ruled out.
class OfflineTransport : public Transport {
  Result<Response> send(const Request& request) override {
    return fail(ErrorKind::unsupported, fmt::format("{} {}: not sent, because of offline mode",
                                                    request.method, request.url.display()));
  }
};

}  // namespace

Result<Registries> load_registries(const ClientOptions& options) {
  Registries registries = MBUILD_TRY(Registries::load(options.registries_file, options.environment));
  for (const std::string& host : options.insecure_hosts) registries.add_insecure(host);
  return registries;
}

Result<std::unique_ptr<Transport>> make_transport(const ClientOptions& options,
                                                  const Registries& registries) {
  if (options.offline) return std::make_unique<OfflineTransport>();
  HttpTransportOptions transport;
  transport.user_agent = options.user_agent;
  transport.timeouts = options.timeouts;
  transport.proxies = MBUILD_TRY(ProxyRules::from_environment(options.environment));
  transport.cancel = options.cancel;
  transport.bytes_per_second = options.bytes_per_second;
  std::vector<std::string> folders = certificate_folders(options.environment);
  if (!options.certificates_dir.empty()) folders.push_back(options.certificates_dir);
  transport.tls = [registries, folders](const Url& url) { return tls_config(registries, folders, url); };
  return make_http_transport(std::move(transport));
}

std::unique_ptr<Endpoints> make_endpoints(const ClientOptions& options, Registries registries,
                                          Transport& transport, Endpoints::FindCredentials find) {
  if (!find)
    find = [store = CredentialStore(options.docker_config_dir, options.environment, options.cancel)](
               const std::string& registry, const std::string& repository) {
      return store.find(registry, repository);
    };
  Endpoints::Options parts{std::move(registries), options.user_agent, options.retry,
                           TimeSource::real(options.cancel)};
  return std::make_unique<Endpoints>(std::move(parts), transport, std::move(find));
}

}  // namespace mbuild::remote
