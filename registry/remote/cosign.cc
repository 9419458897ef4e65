#include "registry/remote/cosign.h"

#include <fmt/format.h>

#include "registry/base/copy_stream.h"
#include "registry/base/json.h"
#include "registry/base/json_writer.h"
#include "registry/base/memory_stream.h"
#include "registry/oci/image_config.h"
#include "registry/remote/base64.h"

namespace mbuild::remote {

namespace {

constexpr std::string_view kStatementType = "application/vnd.dev.cosign.simplesigning.v1+json";
constexpr const char* kSignature = "dev.cosignproject.cosign/signature";
constexpr std::string_view kCritical = "cosign container image signature";
constexpr std::uint64_t kMaxStatement = 1 << 20;

oci::Reference signature_reference(const oci::Reference& repository, const oci::Digest& digest) {
  oci::Reference reference;
  reference.registry = repository.registry;
  reference.repository = repository.repository;
  reference.tag = "sha256-" + digest.hex() + ".sig";
  return reference;
}

// The signatures that there are; none when there is no such tag.
Result<std::vector<oci::Descriptor>> stored_signatures(RegistryClient& client,
                                                       const oci::Reference& reference) {
  auto fetched = client.manifest(reference);
  if (!fetched && fetched.error().kind() == ErrorKind::not_found) return std::vector<oci::Descriptor>();
  if (!fetched) return std::unexpected(std::move(fetched).error());
  return MBUILD_TRY(oci::Manifest::parse(fetched->second)).layers;
}

Result<std::string> read_statement(RegistryClient& client, const oci::Reference& reference,
                                   const oci::Descriptor& layer) {
  if (layer.size > kMaxStatement) return fail(ErrorKind::corrupt, "the statement is too large");
  auto source = MBUILD_TRY(client.open_blob(reference, layer));
  return read_all(*source, kMaxStatement);
}

// What a statement that is properly signed is about.
Result<oci::Digest> signed_digest(const std::string& statement) {
  JsonObject object = MBUILD_TRY(JsonObject::parse(statement, "signed statement"));
  auto critical = MBUILD_TRY(object.object("critical"));
  if (!critical || MBUILD_TRY(critical->text("type")) != kCritical)
    return fail(ErrorKind::corrupt, "the statement is not one about an image");
  auto image = MBUILD_TRY(critical->object("image"));
  if (!image) return fail(ErrorKind::corrupt, "the statement names no image");
  return oci::Digest::parse(MBUILD_TRY(image->text("docker-manifest-digest")));
}

Result<void> check_signature(RegistryClient& client, const oci::Reference& reference,
                             const oci::Descriptor& layer, const oci::Digest& digest,
                             const std::vector<PublicKey>& keys) {
  auto annotation = layer.annotations.find(kSignature);
  if (layer.media_type != kStatementType || annotation == layer.annotations.end())
    return fail(ErrorKind::corrupt, "it is no signature");
  auto signature = base64_decode(annotation->second);
  if (!signature) return fail(ErrorKind::corrupt, "it is not base64");
  std::string statement = MBUILD_TRY(read_statement(client, reference, layer));
  bool trusted = false;
  for (const PublicKey& key : keys) trusted = trusted || key.verify(statement, *signature);
  if (!trusted) return fail(ErrorKind::corrupt, "it was made with another key");
  if (MBUILD_TRY(signed_digest(statement)) != digest)
    return fail(ErrorKind::corrupt, "it is about another image");
  return {};
}

}  // namespace

std::string signed_statement(const oci::Reference& repository, const oci::Digest& digest) {
  JsonWriter json;
  json.begin_object().key("critical").begin_object();
  json.key("identity").begin_object().key("docker-reference").value(repository.name()).end_object();
  json.key("image").begin_object().key("docker-manifest-digest").value(digest.str()).end_object();
  json.key("type").value(kCritical).end_object();
  json.key("optional").null().end_object();
  return json.take();
}

Result<void> sign_image(RegistryClient& client, const oci::Reference& repository, const oci::Digest& digest,
                        const PrivateKey& key) {
  std::string action = fmt::format("sign {}@{}", repository.name(), digest.str());
  oci::Reference reference = signature_reference(repository, digest);
  std::string statement = signed_statement(repository, digest);
  oci::Descriptor layer = oci::describe(kStatementType, statement);
  layer.annotations[kSignature] = base64_encode(MBUILD_TRY_AS(action, key.sign(statement)));

  oci::Manifest manifest;
  manifest.media_type = oci::media_type::kOciManifest;
  manifest.layers = MBUILD_TRY_AS(action, stored_signatures(client, reference));
  manifest.layers.push_back(layer);
  oci::ImageConfig config;
  for (const oci::Descriptor& one : manifest.layers) config.diff_ids.push_back(one.digest);
  std::string config_json = config.json();
  manifest.config = oci::describe(oci::media_type::kOciConfig, config_json);

  RegistryClient::PushImage image;
  image.manifest_json = manifest.json();
  image.media_type = manifest.media_type;
  image.blobs = manifest.layers;
  image.blobs.push_back(manifest.config);
  RegistryClient::BlobProvider blobs;
  blobs.open = [&](const oci::Descriptor& blob) -> Result<std::unique_ptr<ByteSource>> {
    if (blob.digest == layer.digest) return std::make_unique<MemorySource>(statement);
    if (blob.digest == manifest.config.digest) return std::make_unique<MemorySource>(config_json);
    return client.open_blob(reference, blob);
  };
  MBUILD_CHECK_AS(action, client.push(reference, image, blobs, {}));
  return {};
}

Result<void> verify_image(RegistryClient& client, const oci::Reference& repository, const oci::Digest& digest,
                          const std::vector<PublicKey>& keys) {
  std::string action = fmt::format("verify {}@{}", repository.name(), digest.str());
  oci::Reference reference = signature_reference(repository, digest);
  std::string reasons;
  for (const oci::Descriptor& layer : MBUILD_TRY_AS(action, stored_signatures(client, reference))) {
    auto checked = check_signature(client, reference, layer, digest, keys);
    if (checked) return {};
    if (checked.error().kind() != ErrorKind::corrupt)
      return std::unexpected(std::move(checked).error().context(action));
    reasons += (reasons.empty() ? "" : "; ") + checked.error().message();
  }
  if (reasons.empty()) return fail(ErrorKind::not_found, action + ": the image has no signature");
  return fail(ErrorKind::corrupt, action + ": no signature counts: " + reasons);
}

}  // namespace mbuild::remote
