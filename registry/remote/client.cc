#include "registry/remote/client.h"

#include "registry/remote/blob_download.h"
#include "registry/remote/certificates.h"
#include "registry/remote/endpoint.h"
#include "registry/remote/http_transport.h"
#include "registry/remote/manifest_fetch.h"
#include "registry/remote/push.h"
#include "registry/remote/resolver.h"
#include "registry/remote/tags.h"

namespace mbuild::remote {

namespace {

class HttpRegistryClient final : public RegistryClient {
 public:
  HttpRegistryClient(const ClientOptions& options, std::unique_ptr<Transport> transport,
                     Registries registries)
      : transport_(std::move(transport)),
        credentials_(options.docker_config_dir, process_environment, options.cancel),
        limits_{options.parallel_uploads, options.upload_chunk},
        endpoints_(
            {std::move(registries), options.user_agent, options.retry, TimeSource::real(options.cancel)},
            *transport_, credentials_) {}

  Result<ResolvedImage> resolve(const oci::Reference& reference, const oci::Platform& platform) override {
    return MBUILD_TRY_AS("pull " + reference.str(), resolve_image(endpoints_, reference, platform));
  }

  Result<std::optional<oci::Descriptor>> head(const oci::Reference& reference) override {
    auto found = endpoints_.ask_each<oci::Descriptor>(
        reference, [&](const Endpoint& endpoint) { return head_manifest(endpoint, reference); });
    if (found) return std::move(*found);
    if (found.error().kind() == ErrorKind::not_found) return std::nullopt;
    return std::unexpected(std::move(found).error().context("look up " + reference.str()));
  }

  Result<std::pair<oci::Descriptor, std::string>> manifest(const oci::Reference& reference) override {
    return MBUILD_TRY_AS("pull " + reference.str(), get_manifest(endpoints_, reference));
  }

  Result<std::unique_ptr<ByteSource>> open_blob(const oci::Reference& reference,
                                                const oci::Descriptor& descriptor) override {
    return open_download(endpoints_, reference, descriptor);
  }

  Result<void> push(const oci::Reference& reference, const PushImage& image, const BlobProvider& blobs,
                    const ByteProgress& progress) override {
    std::string action = "push " + reference.str();
    Endpoint endpoint = MBUILD_TRY_AS(action, endpoints_.home(reference));
    MBUILD_CHECK_AS(action, push_image(endpoint, reference, image, blobs, limits_, progress));
    return {};
  }

  Result<std::vector<std::string>> list_tags(const oci::Reference& repository) override {
    std::string action = "list tags of " + repository.name();
    Endpoint endpoint = MBUILD_TRY_AS(action, endpoints_.home(repository));
    return MBUILD_TRY_AS(action, remote::list_tags(endpoint));
  }

  Result<void> remove(const oci::Reference& reference) override {
    std::string action = "delete " + reference.str();
    Endpoint endpoint = MBUILD_TRY_AS(action, endpoints_.home(reference));
    MBUILD_CHECK_AS(action, delete_reference(endpoint, reference));
    return {};
  }

 private:
  std::unique_ptr<Transport> transport_;
  CredentialStore credentials_;
  PushLimits limits_;
  Endpoints endpoints_;
};

// Trust for a host: certs.d, and less of it for hosts that are declared insecure.
Result<TlsConfig> tls_config(const Registries& registries, const std::vector<std::string>& folders,
                             const Url& url) {
  TlsConfig config = MBUILD_TRY(load_certificates(folders, url.authority()));
  if (config.ca_files.empty() && registries.is_insecure(url.authority())) config.verify = false;
  return config;
}

}  // namespace

Result<std::unique_ptr<RegistryClient>> RegistryClient::create(ClientOptions options) {
  Registries registries = MBUILD_TRY(Registries::load(options.registries_file, process_environment));
  for (const std::string& host : options.insecure_hosts) registries.add_insecure(host);
  HttpTransportOptions transport;
  transport.user_agent = options.user_agent;
  transport.timeouts = options.timeouts;
  transport.proxies = MBUILD_TRY(ProxyRules::from_environment(process_environment));
  transport.cancel = options.cancel;
  transport.bytes_per_second = options.bytes_per_second;
  transport.tls = [registries, folders = certificate_folders(process_environment)](const Url& url) {
    return tls_config(registries, folders, url);
  };
  return std::make_unique<HttpRegistryClient>(options, make_http_transport(std::move(transport)),
                                              std::move(registries));
}

}  // namespace mbuild::remote
