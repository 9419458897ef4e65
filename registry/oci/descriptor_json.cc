#include "registry/oci/descriptor_json.h"

namespace mbuild::oci {

namespace {

void write_platform(JsonWriter& writer, const Platform& platform) {
  writer.begin_object();
  writer.key("architecture").value(platform.architecture);
  writer.key("os").value(platform.os);
  writer.nonempty("os.version", platform.os_version);
  writer.nonempty("os.features", platform.os_features);
  writer.nonempty("variant", platform.variant);
  writer.end_object();
}

}  // namespace

Result<Digest> parse_digest(const JsonObject& owner, std::string_view key, std::string_view text) {
  if (text.empty()) return owner.wrong(key, "missing");
  auto digest = Digest::parse(text);
  if (digest || digest.error().kind() == ErrorKind::unsupported) return digest;
  return owner.wrong(key, digest.error().message());
}

Result<Platform> parse_platform(const JsonObject& object) {
  Platform platform;
  platform.architecture = MBUILD_TRY(object.text("architecture"));
  platform.os = MBUILD_TRY(object.text("os"));
  platform.os_version = MBUILD_TRY(object.text("os.version"));
  platform.os_features = MBUILD_TRY(object.texts("os.features")).value_or(std::vector<std::string>());
  platform.variant = MBUILD_TRY(object.text("variant"));
  return platform;
}

Result<Descriptor> parse_descriptor(const JsonObject& object) {
  Descriptor descriptor;
  descriptor.media_type = MBUILD_TRY(object.text("mediaType"));
  const std::string digest = MBUILD_TRY(object.text("digest"));
  descriptor.digest = MBUILD_TRY(parse_digest(object, "digest", digest));
  descriptor.size = MBUILD_TRY(object.natural("size"));
  descriptor.urls = MBUILD_TRY(object.texts("urls")).value_or(std::vector<std::string>());
  descriptor.annotations = MBUILD_TRY(object.text_map("annotations"));
  descriptor.artifact_type = MBUILD_TRY(object.text("artifactType"));
  const auto platform = MBUILD_TRY(object.object("platform"));
  if (platform) descriptor.platform = MBUILD_TRY(parse_platform(*platform));
  return descriptor;
}

Result<std::optional<Descriptor>> parse_descriptor_member(const JsonObject& parent, std::string_view key) {
  const auto object = MBUILD_TRY(parent.object(key));
  if (!object) return std::nullopt;
  return MBUILD_TRY(parse_descriptor(*object));
}

Result<std::vector<Descriptor>> parse_descriptors(const JsonObject& parent, std::string_view key) {
  std::vector<Descriptor> descriptors;
  const auto objects = MBUILD_TRY(parent.objects(key));
  descriptors.reserve(objects.size());
  for (const JsonObject& object : objects) descriptors.push_back(MBUILD_TRY(parse_descriptor(object)));
  return descriptors;
}

void write_descriptor(JsonWriter& writer, const Descriptor& descriptor) {
  writer.begin_object();
  writer.key("mediaType").value(descriptor.media_type);
  writer.key("digest").value(descriptor.digest.str());
  writer.key("size").value(descriptor.size);
  writer.nonempty("urls", descriptor.urls);
  writer.nonempty("annotations", descriptor.annotations);
  if (descriptor.platform) {
    writer.key("platform");
    write_platform(writer, *descriptor.platform);
  }
  writer.nonempty("artifactType", descriptor.artifact_type);
  writer.end_object();
}

void write_descriptors(JsonWriter& writer, std::string_view key, const std::vector<Descriptor>& descriptors) {
  writer.key(key);
  if (descriptors.empty()) {
    writer.null();
    return;
  }
  writer.begin_array();
  for (const Descriptor& descriptor : descriptors) write_descriptor(writer, descriptor);
  writer.end_array();
}

}  // namespace mbuild::oci
