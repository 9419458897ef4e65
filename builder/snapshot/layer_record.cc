#include "builder/snapshot/layer_record.h"

#include <algorithm>
#include <array>

#include "registry/base/json.h"
#include "registry/base/json_writer.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::array kCompressions = {Compression::none, Compression::gzip, Compression::zstd};

// Paths are bytes, JSON is UTF-8.
std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

std::optional<std::string> from_hex(std::string_view hex) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]);
    const int low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

void write_optional(JsonWriter& json, std::string_view key, std::optional<std::int64_t> value) {
  if (value) json.key(key).value(*value);
}

Result<std::optional<std::int64_t>> read_optional(const JsonObject& json, std::string_view key) {
  if (!json.has(key)) return std::nullopt;
  return std::optional<std::int64_t>(MBUILD_TRY(json.integer(key)));
}

Result<oci::Digest> read_digest(const JsonObject& json, std::string_view key) {
  return oci::Digest::parse(MBUILD_TRY(json.text(key)));
}

Result<Compression> read_compression(const JsonObject& json, std::string_view key) {
  const std::string name = MBUILD_TRY(json.text(key));
  for (const Compression compression : kCompressions) {
    if (name_of(compression) == name) return compression;
  }
  return json.wrong(key, "unknown compression");
}

void write_tars(JsonWriter& json, const std::vector<TarRecord>& tars) {
  json.key("tars").begin_array();
  for (const TarRecord& tar : tars) {
    json.begin_object().key("diffID").value(tar.diff_id.str()).key("size").value(tar.size);
    write_optional(json, "clampMtime", tar.clamp_mtime);
    json.end_object();
  }
  json.end_array();
}

void write_blobs(JsonWriter& json, const std::vector<BlobRecord>& blobs) {
  json.key("blobs").begin_array();
  for (const BlobRecord& blob : blobs) {
    json.begin_object().key("digest").value(blob.digest.str()).key("size").value(blob.size);
    json.key("compression").value(name_of(blob.compression)).key("pulled").value(blob.pulled);
    write_optional(json, "level", blob.level);
    write_optional(json, "clampMtime", blob.clamp_mtime);
    json.end_object();
  }
  json.end_array();
}

Result<TarRecord> read_tar(const JsonObject& json) {
  TarRecord tar;
  tar.diff_id = MBUILD_TRY(read_digest(json, "diffID"));
  tar.size = MBUILD_TRY(json.natural("size"));
  tar.clamp_mtime = MBUILD_TRY(read_optional(json, "clampMtime"));
  return tar;
}

Result<BlobRecord> read_blob(const JsonObject& json) {
  BlobRecord blob;
  blob.digest = MBUILD_TRY(read_digest(json, "digest"));
  blob.size = MBUILD_TRY(json.natural("size"));
  blob.compression = MBUILD_TRY(read_compression(json, "compression"));
  blob.pulled = MBUILD_TRY(json.boolean("pulled"));
  const auto level = MBUILD_TRY(read_optional(json, "level"));
  if (level) blob.level = static_cast<int>(*level);
  blob.clamp_mtime = MBUILD_TRY(read_optional(json, "clampMtime"));
  return blob;
}

Result<std::vector<std::string>> read_implied(const JsonObject& json) {
  std::vector<std::string> paths;
  for (const std::string& hex :
       MBUILD_TRY(json.texts("impliedDirectories")).value_or(std::vector<std::string>())) {
    auto path = from_hex(hex);
    if (!path) return json.wrong("impliedDirectories", "not hexadecimal");
    paths.push_back(std::move(*path));
  }
  return paths;
}

}  // namespace

const TarRecord* LayerRecord::find_tar(std::optional<std::int64_t> clamp_mtime) const {
  const auto found = std::find_if(tars.begin(), tars.end(),
                                  [&](const TarRecord& tar) { return tar.clamp_mtime == clamp_mtime; });
  return found == tars.end() ? nullptr : &*found;
}

std::string encode(const LayerRecord& record) {
  JsonWriter json(2);
  json.begin_object().key("version").value(kVersion);
  json.key("fingerprint").value(record.layer.fingerprint.str());
  json.key("entries").value(record.layer.entries).key("bytes").value(record.layer.bytes);
  json.key("whiteouts").value(record.layer.whiteouts).key("hidesLower").value(record.layer.hides_lower);
  json.key("imported").value(record.imported).key("boot").value(record.boot);
  json.key("touchedFrom").value(record.touched_from).key("touchedTo").value(record.touched_to);
  write_tars(json, record.tars);
  write_blobs(json, record.blobs);
  std::vector<std::string> implied;
  for (const std::string& path : record.layer.implied_directories) implied.push_back(to_hex(path));
  json.nonempty("impliedDirectories", implied);
  json.end_object();
  return json.take();
}

Result<LayerRecord> decode_layer_record(std::string_view text) {
  const JsonObject json = MBUILD_TRY(JsonObject::parse(text, "layer record"));
  if (MBUILD_TRY(json.natural("version")) != kVersion) return json.wrong("version", "unknown");
  LayerRecord record;
  record.layer.fingerprint = MBUILD_TRY(read_digest(json, "fingerprint"));
  record.layer.entries = MBUILD_TRY(json.natural("entries"));
  record.layer.bytes = MBUILD_TRY(json.natural("bytes"));
  record.layer.whiteouts = MBUILD_TRY(json.boolean("whiteouts"));
  record.layer.hides_lower = MBUILD_TRY(json.boolean("hidesLower"));
  record.layer.implied_directories = MBUILD_TRY(read_implied(json));
  record.imported = MBUILD_TRY(json.boolean("imported"));
  record.boot = MBUILD_TRY(json.text("boot"));
  record.touched_from = MBUILD_TRY(json.integer("touchedFrom"));
  record.touched_to = MBUILD_TRY(json.integer("touchedTo"));
  record.layer.created = record.touched_to / 1'000'000'000;  // a step ends when it has written its last file
  for (const JsonObject& tar : MBUILD_TRY(json.objects("tars")))
    record.tars.push_back(MBUILD_TRY(read_tar(tar)));
  for (const JsonObject& blob : MBUILD_TRY(json.objects("blobs"))) {
    record.blobs.push_back(MBUILD_TRY(read_blob(blob)));
  }
  return record;
}

}  // namespace mbuild::builder
