#include "registry/remote/copy.h"

#include <set>

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

// What is copied for its subject, and where to.
struct ReferrerCopy {
  RegistryClient& from;
  const oci::Reference& source;
  RegistryClient& to;
  const oci::Reference& destination;
  std::set<oci::Digest> seen;  // hostile referrers may go in circles
  std::size_t count = 0;

  Result<void> copy(const oci::Digest& digest, const std::string& tag) {
    oci::Reference here = source, there = destination;
    here.tag = there.tag = tag;
    here.digest = there.digest = std::nullopt;
    if (tag.empty()) here.digest = there.digest = digest;
    MBUILD_CHECK(copy_image(from, here, to, there, std::nullopt, {}));
    ++count;
    return {};
  }
  Result<void> referrers_of(const oci::Digest& subject) {
    if (!seen.insert(subject).second) return {};
    for (const oci::Descriptor& one : MBUILD_TRY(from.referrers(source, subject, ""))) {
      MBUILD_CHECK(copy(one.digest, ""));
      MBUILD_CHECK(referrers_of(one.digest));
    }
    for (const char* kind : {"sig", "att", "sbom"}) {
      oci::Reference tagged = source;
      tagged.tag = "sha256-" + subject.hex() + "." + kind;
      tagged.digest = std::nullopt;
      if (auto there = MBUILD_TRY(from.head(tagged))) MBUILD_CHECK(copy(there->digest, tagged.tag));
    }
    return {};
  }
};

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

Result<std::size_t> copy_referrers(RegistryClient& from, const oci::Reference& source, RegistryClient& to,
                                   const oci::Reference& destination, const oci::Digest& subject) {
  ReferrerCopy copy{from, source, to, destination, {}};
  MBUILD_CHECK(copy.referrers_of(subject));
  oci::Reference root = source;
  root.digest = subject;
  auto [descriptor, json] = MBUILD_TRY(from.manifest(root));
  if (descriptor.is_index())
    for (const oci::Descriptor& entry : MBUILD_TRY(oci::Index::parse(json)).manifests)
      MBUILD_CHECK(copy.referrers_of(entry.digest));
  return copy.count;
}

}  // namespace mbuild::remote
