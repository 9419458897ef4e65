#include "builder/export/metadata.h"

#include <optional>

#include "registry/base/json_writer.h"

namespace mbuild::builder {

namespace {

void write_platform(JsonWriter& json, const oci::Platform& platform) {
  json.key("platform").begin_object();
  json.key("architecture").value(platform.architecture);
  json.key("os").value(platform.os);
  json.nonempty("os.version", platform.os_version);
  json.nonempty("os.features", platform.os_features);
  json.nonempty("variant", platform.variant);
  json.end_object();
}

void write_descriptor(JsonWriter& json, const oci::Descriptor& descriptor) {
  json.begin_object();
  json.key("mediaType").value(descriptor.media_type);
  json.key("digest").value(descriptor.digest.str());
  json.key("size").value(descriptor.size);
  json.nonempty("annotations", descriptor.annotations);
  if (descriptor.platform) write_platform(json, *descriptor.platform);
  json.end_object();
}

std::string join(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ",") + name;
  return joined;
}

}  // namespace

std::string metadata_json(std::span<const ExportResult> results, std::string_view steps_json) {
  std::optional<oci::Descriptor> root;
  oci::Digest config;
  std::string names;
  for (const ExportResult& result : results) {
    if (result.root) root = result.root;
    if (!result.config.empty()) config = result.config;
    if (!result.names.empty()) names = join(result.names);
  }
  JsonWriter json(2);
  json.begin_object();
  if (!config.empty()) json.key("containerimage.config.digest").value(config.str());
  if (root) {
    json.key("containerimage.descriptor");
    write_descriptor(json, *root);
    json.key("containerimage.digest").value(root->digest.str());
  }
  json.nonempty("image.name", names);
  if (!steps_json.empty()) json.key("mbuild.steps").raw(steps_json);
  json.end_object();
  return json.take() + "\n";
}

}  // namespace mbuild::builder
