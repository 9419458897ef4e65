// Caches that are images: in registries, in OCI layouts, and inside of other images.
#include <map>
#include <mutex>

#include "builder/cache/cache_spec.h"
#include "registry/base/json.h"
#include "registry/base/json_writer.h"
#include "registry/base/memory_stream.h"
#include "registry/oci/image_config.h"
#include "registry/remote/layout_client.h"

namespace mbuild::builder {

namespace {

// In the config of the image that a cache is.
constexpr std::string_view kDocument = "mbuild.cache.v1";

class ImageCache : public CacheRemote {
 public:
  ImageCache(remote::RegistryClient& client, oci::Reference reference, std::string name,
             oci::Platform platform)
      : client_(client), reference_(std::move(reference)), name_(std::move(name)), platform_(platform) {}
  ImageCache(std::unique_ptr<remote::RegistryClient> client, oci::Reference reference, std::string name)
      : owned_(std::move(client)),
        client_(*owned_),
        reference_(std::move(reference)),
        name_(std::move(name)),
        platform_(oci::Platform::host()) {}

  std::string name() const override { return name_; }

  Result<std::optional<RemoteDocument>> read_document() override {
    auto image = client_.resolve(reference_, platform_);
    if (!image && image.error().kind() == ErrorKind::not_found) return std::nullopt;
    if (!image) return std::unexpected(std::move(image).error());
    const JsonObject config = MBUILD_TRY(JsonObject::parse(image->config_json, "config of " + name_));
    RemoteDocument document;
    document.text = MBUILD_TRY(config.text(kDocument));
    if (document.text.empty()) {
      const auto found = image->manifest.annotations.find(kInlineCacheAnnotation);
      if (found == image->manifest.annotations.end()) return std::nullopt;  // an image without a cache
      document.text = found->second;
    }
    const auto parsed = MBUILD_TRY(oci::ImageConfig::parse(image->config_json));
    const auto& layers = image->manifest.layers;
    if (parsed.diff_ids.size() != layers.size())
      return fail(ErrorKind::corrupt, name_ + ": the config and the manifest disagree on the layers");
    for (std::size_t i = 0; i < layers.size(); ++i)
      document.image_layers.push_back({parsed.diff_ids[i], layers[i]});
    return document;
  }

  Result<std::unique_ptr<ByteSource>> open_blob(const oci::Descriptor& blob) override {
    return client_.open_blob(reference_, blob);
  }

  Result<void> put_blob(const oci::Descriptor& blob, const OpenBlob& open) override {
    remote::RegistryClient::BlobProvider provider;
    provider.open = [&](const oci::Descriptor&) { return open(); };
    MBUILD_CHECK(client_.push_blob(reference_, blob, provider));
    return {};
  }

  Result<void> write_document(const std::string& text,
                              const std::vector<RemoteDocument::Layer>& blobs) override {
    const std::string config = config_of(text, blobs);
    oci::Manifest manifest;
    manifest.media_type = oci::media_type::kOciManifest;
    manifest.config = oci::describe(oci::media_type::kOciConfig, config);
    for (const auto& layer : blobs) manifest.layers.push_back(layer.blob);
    remote::RegistryClient::PushImage image;
    image.manifest_json = manifest.json();
    image.media_type = manifest.media_type;
    image.blobs = manifest.layers;
    image.blobs.push_back(manifest.config);
    remote::RegistryClient::BlobProvider provider;
    provider.open = [&](const oci::Descriptor& blob) -> Result<std::unique_ptr<ByteSource>> {
      if (blob.digest == manifest.config.digest) return std::make_unique<MemorySource>(config);
      return fail(ErrorKind::unavailable, "blob " + blob.digest.str() + " is gone from " + name_);
    };
    return client_.push(reference_, image, provider, nullptr);
  }

 private:
  // An image's, so that registries that look into configs find what they know.
  std::string config_of(const std::string& text, const std::vector<RemoteDocument::Layer>& blobs) const {
    JsonWriter json;
    json.begin_object().key("architecture").value(platform_.architecture).key("os").value(platform_.os);
    json.key("config").begin_object().end_object();
    json.key("rootfs").begin_object().key("type").value("layers").key("diff_ids").begin_array();
    for (const auto& layer : blobs) json.value(layer.diff_id.str());
    json.end_array().end_object();
    return json.key(kDocument).value(text).end_object().take();
  }

  std::unique_ptr<remote::RegistryClient> owned_;
  remote::RegistryClient& client_;
  oci::Reference reference_;
  std::string name_;
  oci::Platform platform_;
};

Result<std::string> required(const CacheSpec& spec, const std::string& key) {
  const auto found = spec.attributes.find(key);
  if (found != spec.attributes.end() && !found->second.empty()) return found->second;
  return fail(ErrorKind::invalid_input, "type=" + spec.type + ": " + key + " is required");
}

std::string optional(const CacheSpec& spec, const std::string& key) {
  const auto found = spec.attributes.find(key);
  return found == spec.attributes.end() ? "" : found->second;
}

}  // namespace

Result<std::unique_ptr<CacheRemote>> make_registry_cache(const CacheSpec& spec,
                                                         const CacheServices& services) {
  const std::string text = MBUILD_TRY(required(spec, "ref"));
  oci::Reference reference = MBUILD_TRY_AS("ref=" + text, oci::Reference::parse(text));
  std::string name = reference.familiar();
  return std::make_unique<ImageCache>(*services.registry, std::move(reference), std::move(name),
                                      services.platform);
}

Result<std::unique_ptr<CacheRemote>> make_local_cache(const CacheSpec& spec, CacheUse use) {
  const std::string directory = MBUILD_TRY(required(spec, use == CacheUse::store ? "dest" : "src"));
  oci::Reference reference;
  reference.registry = "oci";
  reference.repository = directory;
  reference.tag = optional(spec, "tag");
  if (const std::string digest = optional(spec, "digest"); !digest.empty())
    reference.digest = MBUILD_TRY_AS("digest=" + digest, oci::Digest::parse(digest));
  return std::make_unique<ImageCache>(remote::make_layout_client(directory), std::move(reference), directory);
}

}  // namespace mbuild::builder
