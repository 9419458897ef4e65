#include "builder/export/push.h"

#include <map>

#include "registry/base/memory_stream.h"

namespace mbuild::builder {

namespace {

struct BlobTable {
  std::map<oci::Digest, const LayerBlob*> layers;
  std::map<oci::Digest, std::string_view> texts;  // configs and statements
};

BlobTable tabulate(const PackedResult& packed) {
  BlobTable table;
  for (const PackedImage& image : packed.images) {
    table.texts.emplace(image.manifest.config.digest, image.image->config_json);
    for (const LayerBlob& blob : image.layers) table.layers.emplace(blob.digest, &blob);
  }
  for (const AttestationManifest& attestation : packed.attestations) {
    table.texts.emplace(attestation.manifest.config.digest, kEmptyConfig);
    for (std::size_t i = 0; i < attestation.statements.size(); ++i)
      table.texts.emplace(attestation.manifest.layers[i].digest, attestation.statements[i]);
  }
  return table;
}

remote::RegistryClient::PushImage describe(const oci::Manifest& manifest, const std::string& json) {
  remote::RegistryClient::PushImage push;
  push.manifest_json = json;
  push.media_type = manifest.media_type;
  push.blobs = manifest.layers;
  push.blobs.push_back(manifest.config);
  return push;
}

remote::RegistryClient::PushImage describe(const PackedResult& packed) {
  const PackedImage& first = packed.images.front();
  if (packed.index_json.empty()) return describe(first.manifest, first.manifest_json);
  remote::RegistryClient::PushImage push;
  push.manifest_json = packed.index_json;
  push.media_type = packed.root.media_type;
  for (const PackedImage& image : packed.images)
    push.children.push_back(describe(image.manifest, image.manifest_json));
  for (const AttestationManifest& attestation : packed.attestations)
    push.children.push_back(describe(attestation.manifest, attestation.json));
  return push;
}

std::vector<std::string> mount_sources(const BlobTable& table, const oci::Digest& digest,
                                       const oci::Reference& target) {
  const auto found = table.layers.find(digest);
  if (found == table.layers.end() || found->second->source.empty()) return {};
  const auto source = oci::Reference::parse(found->second->source);
  if (!source || source->registry != target.registry || source->repository == target.repository) return {};
  return {source->repository};
}

}  // namespace

Result<void> push_packed(const PackedResult& packed, const oci::Reference& name,
                         const ExportServices& services, const ExportProgress& progress) {
  const std::string action = "push " + name.str();
  if (services.registry == nullptr)
    return fail(ErrorKind::unsupported, action + ": there is no registry client");
  const BlobTable table = tabulate(packed);
  remote::RegistryClient::BlobProvider provider;
  provider.open = [&](const oci::Descriptor& blob) -> Result<std::unique_ptr<ByteSource>> {
    if (const auto text = table.texts.find(blob.digest); text != table.texts.end()) {
      return std::make_unique<MemorySource>(text->second);
    }
    const auto layer = table.layers.find(blob.digest);
    if (layer == table.layers.end()) return fail(ErrorKind::internal, "no blob " + blob.digest.str());
    return open_layer_blob(*layer->second, services);
  };
  provider.mount_from = [&](const oci::Descriptor& blob) { return mount_sources(table, blob.digest, name); };
  const auto report = [&](std::uint64_t done, std::uint64_t total) {
    if (progress) progress("pushing " + name.str(), done, total);
  };
  return services.registry->push(name, describe(packed), provider, report);
}

}  // namespace mbuild::builder
