#include "builder/cache/cache_spec.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace mbuild::builder {

namespace {

// Takes an attribute out of the list: what is left at the end is unknown.
class Attributes {
 public:
  explicit Attributes(CacheAttributes& attributes) : attributes_(attributes) {}

  std::optional<std::string> take(const std::string& key) {
    auto node = attributes_.extract(key);
    return node ? std::optional(std::move(node.mapped())) : std::nullopt;
  }
  Result<bool> flag(const std::string& key, bool otherwise) {
    const auto value = take(key);
    if (!value) return otherwise;
    if (*value == "true" || *value == "1") return true;
    if (*value == "false" || *value == "0") return false;
    return fail(ErrorKind::invalid_input, key + "=" + *value + ": must be true or false");
  }

 private:
  CacheAttributes& attributes_;
};

Result<CompressionOptions> take_compression(Attributes& attributes) {
  CompressionOptions compression;
  const std::string type = attributes.take("compression").value_or("gzip");
  if (type == "zstd")
    compression.type = Compression::zstd;
  else if (type == "uncompressed")
    compression.type = Compression::none;
  else if (type != "gzip")
    return fail(ErrorKind::invalid_input, "compression=" + type + ": must be uncompressed, gzip or zstd");
  if (const auto text = attributes.take("compression-level")) {
    int level = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), level);
    const int highest = compression.type == Compression::zstd ? 22 : 9;
    if (error != std::errc() || end != text->data() + text->size() || level < 0 || level > highest)
      return fail(ErrorKind::invalid_input,
                  "compression-level=" + *text + ": goes from 0 to " + std::to_string(highest));
    compression.level = level;
  }
  return compression;
}

Result<void> take_store_options(Attributes& attributes, CacheSpec& spec) {
  const std::string mode = attributes.take("mode").value_or("min");
  if (mode != "min" && mode != "max")
    return fail(ErrorKind::invalid_input, "mode=" + mode + ": must be min or max");
  spec.all_stages = mode == "max";
  spec.mounts = MBUILD_TRY(attributes.flag("mounts", false));
  spec.ignore_error = MBUILD_TRY(attributes.flag("ignore-error", true));
  spec.compression = MBUILD_TRY(take_compression(attributes));
  spec.sign_key = attributes.take("sign-key").value_or("");
  // What BuildKit asks, and this one always does: plain image manifests of OCI's types.
  for (const char* given : {"image-manifest", "oci-mediatypes"})
    if (!MBUILD_TRY(attributes.flag(given, true)))
      return fail(ErrorKind::invalid_input, std::string(given) + "=false: caches are OCI image manifests");
  MBUILD_TRY(attributes.flag("force-compression", false));
  return {};
}

Result<std::vector<std::string>> known_attributes(const std::string& type, CacheUse use) {
  using List = std::vector<std::string>;
  if (type == "registry") return List{"ref", "registry.insecure"};
  if (type == "local") return use == CacheUse::store ? List{"dest", "tag"} : List{"src", "tag", "digest"};
  if (type == "inline" && use == CacheUse::store) return List{};
  if (type == "s3")
    return List{"bucket",
                "region",
                "name",
                "prefix",
                "blobs_prefix",
                "manifests_prefix",
                "endpoint_url",
                "use_path_style",
                "access_key_id",
                "secret_access_key",
                "session_token",
                "touch_refresh",
                "upload_parallelism"};
  if (type == "gha") return List{"scope", "url", "url_v2", "token", "version", "timeout"};
  return fail(ErrorKind::invalid_input, "type=" + type + ": must be registry, local, " +
                                            (use == CacheUse::store ? "inline, " : "") + "s3 or gha");
}

}  // namespace

Result<CacheSpec> parse_cache_spec(const std::string& type, const CacheAttributes& attributes, CacheUse use) {
  CacheSpec spec;
  spec.type = type;
  spec.attributes = attributes;
  const auto known = MBUILD_TRY(known_attributes(type, use));
  Attributes taken(spec.attributes);
  if (use == CacheUse::store) MBUILD_CHECK(take_store_options(taken, spec));
  for (const auto& [key, value] : spec.attributes) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return fail(ErrorKind::invalid_input, "attribute " + key + " is unknown to type=" + type);
  }
  return spec;
}

Result<std::unique_ptr<CacheRemote>> make_cache_remote(const CacheSpec& spec, CacheUse use,
                                                       const CacheServices& services) {
  if (spec.type == "registry") return make_registry_cache(spec, services);
  if (spec.type == "local") return make_local_cache(spec, use);
  if (spec.type == "s3") return make_s3_cache(spec, services);
  if (spec.type == "gha") return make_gha_cache(spec, services);
  return nullptr;
}

}  // namespace mbuild::builder
