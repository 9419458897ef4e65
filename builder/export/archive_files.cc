#include "builder/export/archive_files.h"

#include <map>

#include "registry/base/copy_stream.h"
#include "registry/base/json_writer.h"

namespace mbuild::builder {

namespace {

constexpr const char* kImageName = "io.containerd.image.name";
constexpr const char* kRefName = "org.opencontainers.image.ref.name";
constexpr const char* kCreated = "org.opencontainers.image.created";

struct BlobFile {
  std::uint64_t size = 0;
  LayoutSink::Content content;
};

BlobFile text_file(const std::string& text) {
  return {text.size(), [&text](ByteSink& sink) { return sink.write(bytes_of(text)); }};
}

BlobFile layer_file(const LayerBlob& blob, const ExportServices& services) {
  return {blob.size, [&blob, &services](ByteSink& sink) -> Result<void> {
            const auto source = MBUILD_TRY(open_layer_blob(blob, services));
            MBUILD_CHECK(copy(*source, sink));
            return {};
          }};
}

// By digest: a layer that occurs twice is one file.
std::map<oci::Digest, BlobFile> collect(const PackedResult& packed, const ExportServices& services) {
  std::map<oci::Digest, BlobFile> files;
  for (const PackedImage& image : packed.images) {
    files.emplace(image.manifest.config.digest, text_file(image.image->config_json));
    files.emplace(image.descriptor.digest, text_file(image.manifest_json));
    for (const LayerBlob& blob : image.layers) files.emplace(blob.digest, layer_file(blob, services));
  }
  static const std::string empty_config(kEmptyConfig);
  for (const AttestationManifest& attestation : packed.attestations) {
    files.emplace(attestation.manifest.config.digest, text_file(empty_config));
    files.emplace(attestation.descriptor.digest, text_file(attestation.json));
    for (std::size_t i = 0; i < attestation.statements.size(); ++i)
      files.emplace(attestation.manifest.layers[i].digest, text_file(attestation.statements[i]));
  }
  if (!packed.index_json.empty()) files.emplace(packed.root.digest, text_file(packed.index_json));
  return files;
}

std::string blob_path(const oci::Digest& digest) {
  return "blobs/sha256/" + digest.hex();
}

std::string tag_of(const oci::Descriptor& descriptor) {
  const auto found = descriptor.annotations.find(kRefName);
  return found == descriptor.annotations.end() ? std::string() : found->second;
}

bool replaced(const oci::Descriptor& old, const std::vector<oci::Descriptor>& added) {
  for (const oci::Descriptor& descriptor : added) {
    const std::string tag = tag_of(old);
    if (tag.empty() ? old.digest == descriptor.digest : tag == tag_of(descriptor)) return true;
  }
  return false;
}

std::vector<oci::Descriptor> named_descriptors(const PackedResult& packed,
                                               const std::vector<oci::Reference>& names) {
  oci::Descriptor root = packed.root;
  // The image's own time, so that equal images give equal archives.
  const auto& created = packed.images.front().image->config.created;
  if (created) root.annotations.emplace(kCreated, *created);
  if (names.empty()) return {root};

  std::vector<oci::Descriptor> descriptors;
  for (const oci::Reference& name : names) {
    oci::Descriptor descriptor = root;
    descriptor.annotations[kImageName] = name.str();
    descriptor.annotations[kRefName] = name.tag;
    descriptors.push_back(std::move(descriptor));
  }
  return descriptors;
}

}  // namespace

Result<void> write_blobs(LayoutSink& sink, const PackedResult& packed, const ExportServices& services,
                         const ExportProgress& progress) {
  const auto files = collect(packed, services);
  std::uint64_t total = 0;
  std::uint64_t done = 0;
  for (const auto& [digest, file] : files) total += file.size;

  MBUILD_CHECK(sink.directory("blobs"));
  MBUILD_CHECK(sink.directory("blobs/sha256"));
  for (const auto& [digest, file] : files) {
    MBUILD_CHECK(sink.file(blob_path(digest), file.size, file.content));
    done += file.size;
    if (progress) progress("writing blobs", done, total);
  }
  return {};
}

std::string layout_index(const PackedResult& packed, const std::vector<oci::Reference>& names,
                         const std::optional<oci::Index>& existing) {
  const std::vector<oci::Descriptor> added = named_descriptors(packed, names);
  oci::Index index;
  index.media_type = oci::media_type::kOciIndex;
  if (existing) {
    index.annotations = existing->annotations;
    for (const oci::Descriptor& old : existing->manifests) {
      if (!replaced(old, added)) index.manifests.push_back(old);
    }
  }
  index.manifests.insert(index.manifests.end(), added.begin(), added.end());
  return index.json();
}

std::string docker_manifest(const PackedImage& image, const std::vector<oci::Reference>& names) {
  JsonWriter json;
  json.begin_array().begin_object();
  json.key("Config").value(blob_path(image.manifest.config.digest));
  json.key("RepoTags").begin_array();
  for (const oci::Reference& name : names) json.value(name.familiar());
  json.end_array();
  json.key("Layers").begin_array();
  for (const LayerBlob& blob : image.layers) json.value(blob_path(blob.digest));
  json.end_array().end_object().end_array();
  return json.take();
}

}  // namespace mbuild::builder
