#include "registry/remote/client.h"

#include "registry/remote/blob_download.h"
#include "registry/remote/cosign.h"
#include "registry/remote/document_cache.h"
#include "registry/remote/endpoint.h"
#include "registry/remote/manifest_fetch.h"
#include "registry/remote/push.h"
#include "registry/remote/push_check.h"
#include "registry/remote/referrers.h"
#include "registry/remote/resolver.h"
#include "registry/remote/setup.h"
#include "registry/remote/tags.h"

namespace mbuild::remote {

namespace {

class HttpRegistryClient final : public RegistryClient {
 public:
  HttpRegistryClient(const ClientOptions& options, std::unique_ptr<Transport> transport,
                     Registries registries, DocumentCache documents)
      : transport_(std::move(transport)),
        documents_(std::move(documents)),
        limits_{options.parallel_uploads, options.upload_chunk},
        cancel_(options.cancel),
        downloads_(options.parallel_downloads),
        endpoints_(make_endpoints(options, std::move(registries), *transport_)) {}

  Result<ResolvedImage> resolve(const oci::Reference& reference, const oci::Platform& platform) override {
    std::string action = "pull " + reference.str();
    ResolvedImage image = MBUILD_TRY_AS(action, resolve_image(*endpoints_, documents_, reference, platform));
    MBUILD_CHECK_AS(action, check_policy(reference, image.root.digest));
    return image;
  }

  Result<std::optional<oci::Descriptor>> head(const oci::Reference& reference) override {
    auto found = endpoints_->ask_each<oci::Descriptor>(
        reference, reference.digest ? Use::content : Use::tag,
        [&](const Endpoint& endpoint) { return head_manifest(endpoint, reference); });
    if (found) return std::move(*found);
    if (found.error().kind() == ErrorKind::not_found) return std::nullopt;
    return std::unexpected(std::move(found).error().context("look up " + reference.str()));
  }

  Result<std::pair<oci::Descriptor, std::string>> manifest(const oci::Reference& reference) override {
    return MBUILD_TRY_AS("pull " + reference.str(), get_manifest(*endpoints_, documents_, reference));
  }

  Result<std::unique_ptr<ByteSource>> open_blob(const oci::Reference& reference,
                                                const oci::Descriptor& descriptor) override {
    return open_download(*endpoints_, reference, descriptor, {downloads_, cancel_});
  }

  Result<void> push(const oci::Reference& reference, const PushImage& image, const BlobProvider& blobs,
                    const ByteProgress& progress) override {
    std::string action = "push " + reference.str();
    Endpoint endpoint = MBUILD_TRY_AS(action, endpoints_->home(reference));
    MBUILD_CHECK_AS(action, push_image(endpoint, reference, image, blobs, limits_, known_, progress));
    return {};
  }

  Result<void> push_blob(const oci::Reference& reference, const oci::Descriptor& blob,
                         const BlobProvider& blobs) override {
    std::string action = "push to " + reference.name();
    Endpoint endpoint = MBUILD_TRY_AS(action, endpoints_->home(reference));
    MBUILD_CHECK_AS(action, remote::push_blob(endpoint, blob, blobs, limits_, known_));
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

  Result<std::vector<oci::Descriptor>> referrers(const oci::Reference& repository, const oci::Digest& subject,
                                                 const std::string& artifact_type) override {
    std::string action = "list referrers of " + repository.name() + "@" + subject.str();
    return MBUILD_TRY_AS(action, endpoints_->ask_each<std::vector<oci::Descriptor>>(
                                     repository, Use::tag, [&](const Endpoint& endpoint) {
                                       return list_referrers(endpoint, subject, artifact_type);
                                     }));
  }

  Result<void> remove(const oci::Reference& reference) override {
    std::string action = "delete " + reference.str();
    Endpoint endpoint = MBUILD_TRY_AS(action, endpoints_->home(reference));
    MBUILD_CHECK_AS(action, delete_reference(endpoint, reference));
    return {};
  }

 private:
  // The signature that registries.json wants is there.
  Result<void> check_policy(const oci::Reference& reference, const oci::Digest& digest) {
    std::vector<PublicKey> keys;
    for (const std::string& file : endpoints_->registries().required_keys(reference))
      keys.push_back(MBUILD_TRY_AS("verify policy", PublicKey::load(file)));
    if (keys.empty()) return {};
    auto verified = verify_image(*this, reference, digest, keys);
    if (verified) return {};
    // A signature that is missing must not be taken for an image that is missing.
    ErrorKind kind =
        verified.error().kind() == ErrorKind::not_found ? ErrorKind::corrupt : verified.error().kind();
    return fail(kind, "verify policy: " + verified.error().message());
  }

  std::unique_ptr<Transport> transport_;
  DocumentCache documents_;
  PushLimits limits_;
  CancelFlag cancel_;
  Slots downloads_;
  KnownBlobs known_;
  std::unique_ptr<Endpoints> endpoints_;
};

}  // namespace

Result<std::unique_ptr<RegistryClient>> RegistryClient::create(ClientOptions options) {
  Registries registries = MBUILD_TRY(load_registries(options));
  auto transport = MBUILD_TRY(make_transport(options, registries));
  DocumentCache documents;
  if (!options.documents_dir.empty())
    documents = DocumentCache(MBUILD_TRY(oci::ContentStore::open(options.documents_dir)));
  return std::make_unique<HttpRegistryClient>(options, std::move(transport), std::move(registries),
                                              std::move(documents));
}

}  // namespace mbuild::remote
