#include "registry/oci/manifest.h"

#include <initializer_list>

#include "registry/oci/descriptor_json.h"

namespace mbuild::oci {

namespace {

constexpr unsigned kIndent = 2;

// Checks that `document` is of the kind that `oci` and `docker` name and gives its media type. A document
// that could be read as another kind too (it has one of `foreign`'s keys) is refused: two readers might
// disagree on what it holds (CVE-2021-41190).
Result<std::string> check_kind(const JsonObject& document, std::string_view oci, std::string_view docker,
                               std::initializer_list<std::string_view> foreign) {
  const std::int64_t version = MBUILD_TRY(document.integer("schemaVersion"));
  std::string media_type = MBUILD_TRY(document.text("mediaType"));
  if (version == 1) {
    return fail(ErrorKind::unsupported,
                "Docker image manifests of schema 1 are not supported: the image must be "
                "pushed again by a newer client");
  }
  if (version != 2) return document.wrong("schemaVersion", "not 2");
  if (media_type.empty()) media_type = oci;
  if (media_type != oci && media_type != docker)
    return document.wrong("mediaType", "unexpected \"" + media_type + "\"");
  for (const std::string_view key : foreign) {
    if (document.has(key)) return document.wrong(key, "does not belong in a document of this type");
  }
  return media_type;
}

void begin(JsonWriter& writer, const std::string& media_type, const std::string& artifact_type) {
  writer.begin_object();
  writer.key("schemaVersion").value(std::int64_t{2});
  writer.nonempty("mediaType", media_type);
  writer.nonempty("artifactType", artifact_type);
}

std::string end(JsonWriter& writer, const std::optional<Descriptor>& subject,
                const std::map<std::string, std::string>& annotations) {
  if (subject) {
    writer.key("subject");
    write_descriptor(writer, *subject);
  }
  writer.nonempty("annotations", annotations);
  writer.end_object();
  return writer.take();
}

}  // namespace

Result<Manifest> Manifest::parse(std::string_view json) {
  const JsonObject document = MBUILD_TRY(JsonObject::parse(json, "image manifest"));
  Manifest manifest;
  manifest.media_type = MBUILD_TRY(
      check_kind(document, media_type::kOciManifest, media_type::kDockerManifest, {"manifests", "fsLayers"}));
  manifest.artifact_type = MBUILD_TRY(document.text("artifactType"));
  auto config = MBUILD_TRY(parse_descriptor_member(document, "config"));
  if (!config) return document.wrong("config", "missing");
  manifest.config = std::move(*config);
  manifest.layers = MBUILD_TRY(parse_descriptors(document, "layers"));
  manifest.subject = MBUILD_TRY(parse_descriptor_member(document, "subject"));
  manifest.annotations = MBUILD_TRY(document.text_map("annotations"));
  return manifest;
}

std::string Manifest::json() const {
  JsonWriter writer(kIndent);
  begin(writer, media_type, artifact_type);
  writer.key("config");
  write_descriptor(writer, config);
  write_descriptors(writer, "layers", layers);
  return end(writer, subject, annotations);
}

Result<Index> Index::parse(std::string_view json) {
  const JsonObject document = MBUILD_TRY(JsonObject::parse(json, "image index"));
  Index index;
  index.media_type = MBUILD_TRY(check_kind(document, media_type::kOciIndex, media_type::kDockerIndex,
                                           {"config", "layers", "fsLayers"}));
  index.artifact_type = MBUILD_TRY(document.text("artifactType"));
  index.manifests = MBUILD_TRY(parse_descriptors(document, "manifests"));
  index.subject = MBUILD_TRY(parse_descriptor_member(document, "subject"));
  index.annotations = MBUILD_TRY(document.text_map("annotations"));
  return index;
}

std::string Index::json() const {
  JsonWriter writer(kIndent);
  begin(writer, media_type, artifact_type);
  write_descriptors(writer, "manifests", manifests);
  return end(writer, subject, annotations);
}

}  // namespace mbuild::oci
