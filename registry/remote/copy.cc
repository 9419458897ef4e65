#include "registry/remote/copy.h"

namespace mbuild::remote {

namespace {

using PushImage = RegistryClient::PushImage;

constexpr int kMaxDepth = 3;  // of indexes in indexes

PushImage image_of(const oci::Manifest& manifest, const oci::Descriptor& descriptor, std::string json) {
  PushImage image;
  image.manifest_json = std::move(json);
  image.media_type = descriptor.media_type;
  image.blobs = manifest.layers;
  image.blobs.push_back(manifest.config);
  return image;
}

// Everything behind a reference.
Result<PushImage> read_image(RegistryClient& from, const oci::Reference& source, int depth) {
  auto [descriptor, json] = MBUILD_TRY(from.manifest(source));
  if (descriptor.is_manifest()) {
    oci::Manifest manifest = MBUILD_TRY(oci::Manifest::parse(json));
    return image_of(manifest, descriptor, std::move(json));
  }
  if (!descriptor.is_index() || depth == 0)
    return fail(ErrorKind::unsupported,
                source.str() + " is a " + descriptor.media_type + ", or nested too deeply");
  oci::Index index = MBUILD_TRY(oci::Index::parse(json));
  PushImage image;
  image.manifest_json = std::move(json);
  image.media_type = descriptor.media_type;
  for (const oci::Descriptor& entry : index.manifests) {
    oci::Reference child = source;
    child.digest = entry.digest;
    image.children.push_back(MBUILD_TRY(read_image(from, child, depth - 1)));
  }
  return image;
}

Result<PushImage> read_platform(RegistryClient& from, const oci::Reference& source,
                                const oci::Platform& platform) {
  ResolvedImage resolved = MBUILD_TRY(from.resolve(source, platform));
  return image_of(resolved.manifest, resolved.manifest_descriptor, std::move(resolved.manifest_json));
}

}  // namespace

Result<oci::Descriptor> copy_image(RegistryClient& from, const oci::Reference& source, RegistryClient& to,
                                   const oci::Reference& destination,
                                   const std::optional<oci::Platform>& platform,
                                   const ByteProgress& progress) {
  PushImage image =
      MBUILD_TRY(platform ? read_platform(from, source, *platform) : read_image(from, source, kMaxDepth));
  RegistryClient::BlobProvider blobs;
  blobs.open = [&](const oci::Descriptor& blob) { return from.open_blob(source, blob); };
  blobs.mount_from = [&](const oci::Descriptor&) -> std::vector<std::string> {
    bool same = source.registry == destination.registry && source.repository != destination.repository;
    return same ? std::vector{source.repository} : std::vector<std::string>();
  };
  MBUILD_CHECK(to.push(destination, image, blobs, progress));
  oci::Descriptor descriptor;
  descriptor.media_type = image.media_type;
  descriptor.digest = oci::Digest::of(image.manifest_json);
  descriptor.size = image.manifest_json.size();
  return descriptor;
}

}  // namespace mbuild::remote
