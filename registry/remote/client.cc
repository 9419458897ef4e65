#include "registry/remote/client.h"

#include "registry/remote/blob_download.h"
#include "registry/remote/endpoint.h"
#include "registry/remote/manifest_fetch.h"
#include "registry/remote/push.h"
#include "registry/remote/push_check.h"
#include "registry/remote/resolver.h"
#include "registry/remote/setup.h"
#include "registry/remote/tags.h"

namespace mbuild::remote {

namespace {

class HttpRegistryClient final : public RegistryClient {
 public:
  HttpRegistryClient(const ClientOptions& options, std::unique_ptr<Transport> transport,
                     Registries registries)
      : transport_(std::move(transport)),
        limits_{options.parallel_uploads, options.upload_chunk},
        endpoints_(make_endpoints(options, std::move(registries), *transport_)) {}

  Result<ResolvedImage> resolve(const oci::Reference& reference, const oci::Platform& platform) override {
    return MBUILD_TRY_AS("pull " + reference.str(), resolve_image(*endpoints_, reference, platform));
  }

  Result<std::optional<oci::Descriptor>> head(const oci::Reference& reference) override {
    auto found = endpoints_->ask_each<oci::Descriptor>(
        reference, [&](const Endpoint& endpoint) { return head_manifest(endpoint, reference); });
    if (found) return std::move(*found);
    if (found.error().kind() == ErrorKind::not_found) return std::nullopt;
    return std::unexpected(std::move(found).error().context("look up " + reference.str()));
  }

  Result<std::pair<oci::Descriptor, std::string>> manifest(const oci::Reference& reference) override {
    return MBUILD_TRY_AS("pull " + reference.str(), get_manifest(*endpoints_, reference));
  }

  Result<std::unique_ptr<ByteSource>> open_blob(const oci::Reference& reference,
                                                const oci::Descriptor& descriptor) override {
    return open_download(*endpoints_, reference, descriptor);
  }

  Result<void> push(const oci::Reference& reference, const PushImage& image, const BlobProvider& blobs,
                    const ByteProgress& progress) override {
    std::string action = "push " + reference.str();
    Endpoint endpoint = MBUILD_TRY_AS(action, endpoints_->home(reference));
    MBUILD_CHECK_AS(action, push_image(endpoint, reference, image, blobs, limits_, progress));
    return {};
  }

  Result<void> check_push(const oci::Reference& reference) override {
    const std::string action = "check the permission to push " + reference.name();
    const Endpoint endpoint = MBUILD_TRY_AS(action, endpoints_->home(reference));
    MBUILD_CHECK_AS(action, check_upload(endpoint));
    return {};
  }

  Result<std::vector<std::string>> list_tags(const oci::Reference& repository) override {
    std::string action = "list tags of " + repository.name();
    Endpoint endpoint = MBUILD_TRY_AS(action, endpoints_->home(repository));
    return MBUILD_TRY_AS(action, remote::list_tags(endpoint));
  }

  Result<void> remove(const oci::Reference& reference) override {
    std::string action = "delete " + reference.str();
    Endpoint endpoint = MBUILD_TRY_AS(action, endpoints_->home(reference));
    MBUILD_CHECK_AS(action, delete_reference(endpoint, reference));
    return {};
  }

 private:
  std::unique_ptr<Transport> transport_;
  PushLimits limits_;
  std::unique_ptr<Endpoints> endpoints_;
};

}  // namespace

Result<std::unique_ptr<RegistryClient>> RegistryClient::create(ClientOptions options) {
  Registries registries = MBUILD_TRY(load_registries(options));
  auto transport = MBUILD_TRY(make_transport(options, registries));
  return std::make_unique<HttpRegistryClient>(options, std::move(transport), std::move(registries));
}

}  // namespace mbuild::remote
