#include "builder/export/pack.h"

#include <algorithm>
#include <atomic>

#include "registry/base/parallel.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view kRewritten = "buildkit/rewritten-timestamp";

Result<std::vector<LayerBlob>> make_blobs(const Image& image, const ExportAttributes& attributes,
                                          const ExportServices& services, const ExportProgress& progress) {
  std::vector<std::uint64_t> sizes;
  for (const ImageLayer& layer : image.layers) sizes.push_back(layer.size);
  std::vector<LayerBlob> blobs(sizes.size());
  std::atomic<std::size_t> done = 0;
  const auto make_blob = [&](std::size_t i, unsigned threads) -> Result<void> {
    if (services.cancel != nullptr && services.cancel->load()) return fail(ErrorKind::cancelled, "cancelled");
    CompressionOptions compression = attributes.compression;
    compression.threads = threads;
    compression.cancel = services.cancel;
    blobs[i] = MBUILD_TRY(
        services.layers->ensure_blob(*image.layers[i].layer, compression, attributes.force_compression));
    if (progress) progress("exporting layers", ++done, blobs.size());
    return {};
  };
  MBUILD_CHECK(for_each_sized(sizes, services.threads, make_blob));
  return blobs;
}

oci::Descriptor describe_layer(const LayerBlob& blob, const ImageLayer& layer, bool docker) {
  oci::Descriptor descriptor = describe_blob(blob, docker);
  if (layer.rewritten_to) descriptor.annotations.emplace(kRewritten, std::to_string(*layer.rewritten_to));
  return descriptor;
}

oci::Manifest make_manifest(const Image& image, const std::vector<LayerBlob>& blobs,
                            const ExportAttributes& attributes) {
  const bool docker = !attributes.oci_media_types;
  oci::Manifest manifest;
  manifest.media_type = docker ? oci::media_type::kDockerManifest : oci::media_type::kOciManifest;
  manifest.config =
      oci::describe(docker ? oci::media_type::kDockerConfig : oci::media_type::kOciConfig, image.config_json);
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    manifest.layers.push_back(describe_layer(blobs[i], image.layers[i], docker));
  }
  manifest.annotations =
      select_annotations(attributes.annotations, AnnotationScope::manifest, &image.config.platform);
  manifest.annotations.insert(image.annotations.begin(), image.annotations.end());
  return manifest;
}

Result<PackedImage> pack_one(const Image& image, const ExportAttributes& attributes,
                             const ExportServices& services, const ExportProgress& progress) {
  PackedImage packed;
  packed.image = &image;
  packed.layers = MBUILD_TRY(make_blobs(image, attributes, services, progress));
  packed.manifest = make_manifest(image, packed.layers, attributes);
  packed.manifest_json = packed.manifest.json();
  packed.descriptor = oci::describe(packed.manifest.media_type, packed.manifest_json);
  packed.descriptor.platform = image.config.platform;
  packed.descriptor.annotations = select_annotations(
      attributes.annotations, AnnotationScope::manifest_descriptor, &image.config.platform);
  return packed;
}

void add_index(PackedResult& result, const ExportAttributes& attributes) {
  oci::Index index;
  index.media_type = attributes.oci_media_types ? oci::media_type::kOciIndex : oci::media_type::kDockerIndex;
  for (const PackedImage& image : result.images) {
    const bool listed = std::any_of(index.manifests.begin(), index.manifests.end(), [&](const auto& other) {
      return other.digest == image.descriptor.digest && other.platform == image.descriptor.platform;
    });
    if (!listed) index.manifests.push_back(image.descriptor);
  }
  for (const AttestationManifest& attestation : result.attestations)
    index.manifests.push_back(attestation.descriptor);
  index.annotations = select_annotations(attributes.annotations, AnnotationScope::index, nullptr);
  result.index_json = index.json();
  result.root = oci::describe(index.media_type, result.index_json);
  result.root.annotations =
      select_annotations(attributes.annotations, AnnotationScope::index_descriptor, nullptr);
}

Result<void> refuse_index_annotations(const ExportAttributes& attributes) {
  for (const Annotation& annotation : attributes.annotations) {
    if (annotation.scope == AnnotationScope::index || annotation.scope == AnnotationScope::index_descriptor) {
      return fail(ErrorKind::invalid_input,
                  "annotation " + annotation.key + ": the result is a single image, which has no index");
    }
  }
  return {};
}

}  // namespace

Result<PackedResult> pack(const ExportInput& input, const ExportAttributes& given,
                          const std::vector<oci::Reference>& names, const ExportServices& services,
                          const ExportProgress& progress) {
  const bool index = input.needs_index();
  if (!index) MBUILD_CHECK(refuse_index_annotations(given));
  PackedResult result;
  ExportAttributes attributes = given;
  for (const Image& image : input.images) {
    // Docker's media types have none for statements (BuildKit does the same).
    if (!image.attestations.empty()) attributes.oci_media_types = true;
  }
  for (const Image& image : input.images) {
    result.images.push_back(MBUILD_TRY(pack_one(image, attributes, services, progress)));
    const PackedImage& packed = result.images.back();
    if (image.attestations.empty()) continue;
    result.attestations.push_back(
        make_attestation_manifest(image.attestations, packed.descriptor, packed.manifest.layers, names));
  }
  if (index) {
    add_index(result, attributes);
  } else {
    result.root = result.images.front().descriptor;
  }
  return result;
}

}  // namespace mbuild::builder
