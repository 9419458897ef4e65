#include "registry/oci/image_config.h"

#include <climits>

#include "registry/base/json.h"
#include "registry/base/json_writer.h"
#include "registry/base/timestamp.h"
#include "registry/base/utf8.h"
#include "registry/oci/descriptor_json.h"

namespace mbuild::oci {

namespace {

// "KEY=value" for `key`, or "KEY" alone, which Docker reads as an empty value.
bool names(std::string_view entry, std::string_view key) {
  return entry.starts_with(key) && (entry.size() == key.size() || entry[key.size()] == '=');
}

// Go parses and formats times on the way through, so that "…00.50Z" comes out as "…00.5Z".
Result<std::optional<std::string>> parse_time(const JsonObject& object, std::string_view key) {
  if (!object.has(key)) return std::nullopt;
  const auto time = Timestamp::parse(MBUILD_TRY(object.text(key)));
  if (!time) return object.wrong(key, time.error().message());
  return time->str();
}

Result<std::set<std::string>> parse_key_set(const JsonObject& object, std::string_view key) {
  const auto members = MBUILD_TRY(object.object(key));
  if (!members) return std::set<std::string>();
  const auto keys = members->keys();
  return std::set<std::string>(keys.begin(), keys.end());
}

Result<std::vector<std::string>> parse_texts(const JsonObject& object, std::string_view key) {
  return MBUILD_TRY(object.texts(key)).value_or(std::vector<std::string>());
}

Result<std::optional<Healthcheck>> parse_healthcheck(const JsonObject& parent) {
  const auto object = MBUILD_TRY(parent.object("Healthcheck"));
  if (!object) return std::nullopt;
  Healthcheck check;
  check.test = MBUILD_TRY(parse_texts(*object, "Test"));
  check.interval = MBUILD_TRY(object->integer("Interval"));
  check.timeout = MBUILD_TRY(object->integer("Timeout"));
  check.start_period = MBUILD_TRY(object->integer("StartPeriod"));
  check.start_interval = MBUILD_TRY(object->integer("StartInterval"));
  const std::int64_t retries = MBUILD_TRY(object->integer("Retries"));
  if (retries < INT_MIN || retries > INT_MAX) return object->wrong("Retries", "out of range");
  check.retries = static_cast<int>(retries);
  return check;
}

Result<RunConfig> parse_run_config(const JsonObject& object) {
  RunConfig config;
  config.user = MBUILD_TRY(object.text("User"));
  config.exposed_ports = MBUILD_TRY(parse_key_set(object, "ExposedPorts"));
  config.env = MBUILD_TRY(parse_texts(object, "Env"));
  config.entrypoint = MBUILD_TRY(object.texts("Entrypoint"));
  config.cmd = MBUILD_TRY(object.texts("Cmd"));
  config.volumes = MBUILD_TRY(parse_key_set(object, "Volumes"));
  config.working_dir = MBUILD_TRY(object.text("WorkingDir"));
  config.labels = MBUILD_TRY(object.text_map("Labels"));
  config.stop_signal = MBUILD_TRY(object.text("StopSignal"));
  config.args_escaped = MBUILD_TRY(object.boolean("ArgsEscaped"));
  config.healthcheck = MBUILD_TRY(parse_healthcheck(object));
  config.onbuild = MBUILD_TRY(parse_texts(object, "OnBuild"));
  config.shell = MBUILD_TRY(parse_texts(object, "Shell"));
  return config;
}

Result<std::vector<HistoryEntry>> parse_history(const JsonObject& document) {
  std::vector<HistoryEntry> history;
  for (const JsonObject& object : MBUILD_TRY(document.objects("history"))) {
    HistoryEntry entry;
    entry.created = MBUILD_TRY(parse_time(object, "created"));
    entry.created_by = MBUILD_TRY(object.text("created_by"));
    entry.author = MBUILD_TRY(object.text("author"));
    entry.comment = MBUILD_TRY(object.text("comment"));
    entry.empty_layer = MBUILD_TRY(object.boolean("empty_layer"));
    history.push_back(std::move(entry));
  }
  return history;
}

Result<std::vector<Digest>> parse_diff_ids(const JsonObject& document) {
  std::vector<Digest> diff_ids;
  const auto root_fs = MBUILD_TRY(document.object("rootfs"));
  if (!root_fs) return diff_ids;
  for (const std::string& text : MBUILD_TRY(parse_texts(*root_fs, "diff_ids"))) {
    const std::string name = "diff_ids[" + std::to_string(diff_ids.size()) + "]";
    diff_ids.push_back(MBUILD_TRY(parse_digest(*root_fs, name, text)));
  }
  return diff_ids;
}

void write_key_set(JsonWriter& writer, std::string_view key, const std::set<std::string>& members) {
  if (members.empty()) return;
  writer.key(key).begin_object();
  for (const std::string& member : members) writer.key(member).begin_object().end_object();
  writer.end_object();
}

void write_healthcheck(JsonWriter& writer, const Healthcheck& check) {
  writer.key("Healthcheck").begin_object();
  writer.nonempty("Test", check.test);
  writer.nonempty("Interval", check.interval);
  writer.nonempty("Timeout", check.timeout);
  writer.nonempty("StartPeriod", check.start_period);
  writer.nonempty("StartInterval", check.start_interval);
  writer.nonempty("Retries", std::int64_t{check.retries});
  writer.end_object();
}

// image-spec specs-go/v1/config.go, then docker-image-spec's extension.
void write_run_config(JsonWriter& writer, const RunConfig& config) {
  writer.begin_object();
  writer.nonempty("User", config.user);
  write_key_set(writer, "ExposedPorts", config.exposed_ports);
  writer.nonempty("Env", config.env);
  writer.nonempty("Entrypoint", config.entrypoint.value_or(std::vector<std::string>()));
  writer.nonempty("Cmd", config.cmd.value_or(std::vector<std::string>()));
  write_key_set(writer, "Volumes", config.volumes);
  writer.nonempty("WorkingDir", config.working_dir);
  writer.nonempty("Labels", config.labels);
  writer.nonempty("StopSignal", config.stop_signal);
  if (config.args_escaped) writer.key("ArgsEscaped").value(true);
  if (config.healthcheck) write_healthcheck(writer, *config.healthcheck);
  writer.nonempty("OnBuild", config.onbuild);
  writer.nonempty("Shell", config.shell);
  writer.end_object();
}

// BuildKit's exporter decodes and encodes the history once more than the rest, which shows in invalid UTF-8.
void write_text(JsonWriter& writer, std::string_view key, std::string_view text) {
  writer.nonempty(key, replace_invalid_utf8(text));
}

void write_history(JsonWriter& writer, const std::vector<HistoryEntry>& history) {
  if (history.empty()) {
    writer.null();
    return;
  }
  writer.begin_array();
  for (const HistoryEntry& entry : history) {
    writer.begin_object();
    if (entry.created) writer.key("created").value(*entry.created);
    write_text(writer, "created_by", entry.created_by);
    write_text(writer, "author", entry.author);
    write_text(writer, "comment", entry.comment);
    if (entry.empty_layer) writer.key("empty_layer").value(true);
    writer.end_object();
  }
  writer.end_array();
}

void write_root_fs(JsonWriter& writer, const std::vector<Digest>& diff_ids) {
  writer.begin_object();
  writer.key("type").value("layers");
  writer.key("diff_ids");
  if (diff_ids.empty()) {
    writer.null();
  } else {
    writer.begin_array();
    for (const Digest& diff_id : diff_ids) writer.value(diff_id.str());
    writer.end_array();
  }
  writer.end_object();
}

}  // namespace

std::optional<std::string> RunConfig::get_env(std::string_view key) const {
  for (const std::string& entry : env) {
    if (names(entry, key)) return entry.size() == key.size() ? "" : entry.substr(key.size() + 1);
  }
  return std::nullopt;
}

void RunConfig::set_env(std::string_view key, std::string_view value) {
  std::string entry = std::string(key) + "=" + std::string(value);
  for (std::string& existing : env) {
    if (names(existing, key)) {
      existing = std::move(entry);
      return;
    }
  }
  env.push_back(std::move(entry));
}

Result<ImageConfig> ImageConfig::parse(std::string_view json) {
  const JsonObject document = MBUILD_TRY(JsonObject::parse(json, "image config"));
  ImageConfig image;
  image.created = MBUILD_TRY(parse_time(document, "created"));
  image.author = MBUILD_TRY(document.text("author"));
  image.platform = MBUILD_TRY(parse_platform(document));
  const auto config = MBUILD_TRY(document.object("config"));
  if (config) image.config = MBUILD_TRY(parse_run_config(*config));
  image.diff_ids = MBUILD_TRY(parse_diff_ids(document));
  image.history = MBUILD_TRY(parse_history(document));
  return image;
}

// The exporter of BuildKit passes the config through a map, which Go writes in the order of its keys.
std::string ImageConfig::json() const {
  JsonWriter writer;
  writer.begin_object();
  writer.key("architecture").value(platform.architecture);
  writer.nonempty("author", author);
  writer.key("config");
  write_run_config(writer, config);
  writer.key("created");
  created ? writer.value(*created) : writer.null();
  writer.key("history");
  write_history(writer, history);
  writer.key("os").value(platform.os);
  writer.nonempty("os.features", platform.os_features);
  writer.nonempty("os.version", platform.os_version);
  writer.key("rootfs");
  write_root_fs(writer, diff_ids);
  writer.nonempty("variant", platform.variant);
  writer.end_object();
  return writer.take();
}

}  // namespace mbuild::oci
