#include "builder/cache/cache_index.h"

#include "registry/base/json.h"
#include "registry/base/json_writer.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kMaxEntries = 100'000;
constexpr std::int64_t kLatest = 253'402'300'799;  // the end of the year 9999, in seconds
constexpr std::int64_t kNanoseconds = 1'000'000'000;

void write_blob(JsonWriter& json, const oci::Descriptor& blob) {
  json.key("mediaType").value(blob.media_type).key("digest").value(blob.digest.str());
  json.key("size").value(blob.size);
}

Result<oci::Digest> read_digest(const JsonObject& json, std::string_view key) {
  const std::string text = MBUILD_TRY(json.text(key));
  auto digest = oci::Digest::parse(text);
  if (!digest) return json.wrong(key, "not a digest");
  return std::move(*digest);
}

bool is_known_type(std::string_view type) {
  using namespace oci::media_type;
  return type == kOciLayerTar || type == kOciLayerGzip || type == kOciLayerZstd;
}

Result<oci::Descriptor> read_blob(const JsonObject& json) {
  oci::Descriptor blob;
  blob.media_type = MBUILD_TRY(json.text("mediaType"));
  if (!is_known_type(blob.media_type)) return json.wrong("mediaType", "not a layer's");
  blob.digest = MBUILD_TRY(read_digest(json, "digest"));
  blob.size = MBUILD_TRY(json.natural("size"));
  return blob;
}

Result<CachedLayer> read_layer(const JsonObject& json) {
  CachedLayer layer;
  layer.diff_id = MBUILD_TRY(read_digest(json, "diffID"));
  if (json.has("digest")) layer.blob = MBUILD_TRY(read_blob(json));
  return layer;
}

Result<CachedStep> read_step(const JsonObject& json, std::size_t layers) {
  CachedStep step;
  step.key = MBUILD_TRY(read_digest(json, "key"));
  step.layer = MBUILD_TRY(json.natural("layer"));
  if (step.layer >= layers) return json.wrong("layer", "no such layer");
  step.fingerprint = MBUILD_TRY(read_digest(json, "fingerprint"));
  step.created = MBUILD_TRY(json.integer("created"));
  if (step.created <= 0 || step.created > kLatest) return json.wrong("created", "no such time");
  step.touched_from = MBUILD_TRY(json.integer("touchedFrom"));
  step.touched_to = MBUILD_TRY(json.integer("touchedTo"));
  if (step.touched_from > step.touched_to) return json.wrong("touchedTo", "before touchedFrom");
  return step;
}

Result<CachedMount> read_mount(const JsonObject& json) {
  CachedMount mount;
  mount.identity = MBUILD_TRY(json.text("identity"));
  if (!oci::Digest::parse("sha256:" + mount.identity)) return json.wrong("identity", "not a digest in hex");
  mount.blob = MBUILD_TRY(read_blob(json));
  return mount;
}

}  // namespace

std::string CacheIndex::encode() const {
  JsonWriter json;
  json.begin_object().key("version").value(kVersion);
  json.key("layers").begin_array();
  for (const CachedLayer& layer : layers) {
    json.begin_object().key("diffID").value(layer.diff_id.str());
    if (layer.blob) write_blob(json, *layer.blob);
    json.end_object();
  }
  json.end_array().key("steps").begin_array();
  for (const CachedStep& step : steps) {
    json.begin_object().key("key").value(step.key.str());
    json.key("layer").value(std::uint64_t{step.layer});
    json.key("fingerprint").value(step.fingerprint.str()).key("created").value(step.created);
    // Tarballs hold whole seconds: what was touched is what they say was.
    json.key("touchedFrom").value(step.touched_from - step.touched_from % kNanoseconds);
    json.key("touchedTo").value(step.touched_to).end_object();
  }
  json.end_array().key("mounts").begin_array();
  for (const CachedMount& mount : mounts) {
    json.begin_object().key("identity").value(mount.identity);
    write_blob(json, mount.blob);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

Result<CacheIndex> CacheIndex::decode(std::string_view text) {
  const JsonObject json = MBUILD_TRY(JsonObject::parse(text, "cache index"));
  if (MBUILD_TRY(json.natural("version")) != kVersion) return json.wrong("version", "not 1");
  CacheIndex index;
  const auto layers = MBUILD_TRY(json.objects("layers"));
  const auto steps = MBUILD_TRY(json.objects("steps"));
  const auto mounts = MBUILD_TRY(json.objects("mounts"));
  if (layers.size() + steps.size() + mounts.size() > kMaxEntries) return json.wrong("steps", "too many");
  for (const JsonObject& layer : layers) index.layers.push_back(MBUILD_TRY(read_layer(layer)));
  for (const JsonObject& step : steps) index.steps.push_back(MBUILD_TRY(read_step(step, layers.size())));
  for (const JsonObject& mount : mounts) index.mounts.push_back(MBUILD_TRY(read_mount(mount)));
  return index;
}

}  // namespace mbuild::builder
