// Caches in GitHub's cache service, version 2 (actions/toolkit: packages/cache, api.v1.CacheService over
// Twirp; blobs go to and come from the addresses that it gives, which are Azure's).
#include <algorithm>
#include <chrono>

#include "builder/cache/cache_spec.h"
#include "builder/cache/http_objects.h"
#include "registry/base/json.h"
#include "registry/base/json_writer.h"
#include "registry/base/memory_stream.h"
#include "registry/remote/response_error.h"

namespace mbuild::builder {

namespace {

using remote::Request;
using remote::Response;
using remote::Url;

constexpr std::uint64_t kLargestDocument = 64 << 20;
constexpr std::uint64_t kLargestPut = std::uint64_t{5000} << 20;  // Azure: "Put Blob"

// Entries are never changed: a document gets a new name each time, and the newest of the prefix is read.
class GhaCache : public CacheRemote {
 public:
  GhaCache(Url service, std::string token, const std::string& scope, remote::Transport& transport)
      : service_(std::move(service)),
        scope_(scope),
        // The service tells entries apart by key and version: this one's are those of this format.
        version_(oci::Digest::of("mbuild-cache-1").hex()),
        api_(transport,
             [token = std::move(token)](Request& request) -> Result<void> {
               request.headers.set("Authorization", "Bearer " + token);
               return {};
             }),
        storage_(transport, [](Request&) -> Result<void> { return {}; }) {}

  std::string name() const override { return "GitHub's cache (scope " + scope_ + ")"; }

  Result<std::optional<RemoteDocument>> read_document() override {
    const auto url = MBUILD_TRY(find(document_prefix(), true));
    if (!url) return std::nullopt;
    Request request;
    request.url = *url;
    request.max_body = kLargestDocument;
    Response response = MBUILD_TRY(storage_.send(request));
    if (!response.ok()) return std::unexpected(remote::response_error("GET", request.url, response));
    return RemoteDocument{std::move(response.body), {}};
  }

  Result<std::unique_ptr<ByteSource>> open_blob(const oci::Descriptor& blob) override {
    const auto url = MBUILD_TRY(find(key_of(blob), false));
    if (!url) return fail(ErrorKind::not_found, name() + ": blob " + blob.digest.str() + " is not there");
    Request request;
    request.url = *url;
    return storage_.open(std::move(request), blob.size);
  }

  Result<void> put_blob(const oci::Descriptor& blob, const OpenBlob& open) override {
    if (MBUILD_TRY(find(key_of(blob), false))) return {};
    return put(key_of(blob), blob.size, open);
  }

  Result<void> write_document(const std::string& text, const std::vector<RemoteDocument::Layer>&) override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto unique = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
    const OpenBlob open = [&text]() -> Result<std::unique_ptr<ByteSource>> {
      return std::make_unique<MemorySource>(text);
    };
    return put(document_prefix() + std::to_string(unique), text.size(), open);
  }

 private:
  std::string document_prefix() const {
    return "mbuild-index-" + oci::Digest::of(scope_).hex().substr(0, 16) + "-";
  }
  static std::string key_of(const oci::Descriptor& blob) { return "mbuild-blob-" + blob.digest.hex(); }

  Result<JsonObject> call(const std::string& method, std::string body) const {
    Request request;
    request.method = "POST";
    request.url = service_;
    request.url.target += "twirp/github.actions.results.api.v1.CacheService/" + method;
    request.headers.set("Content-Type", "application/json");
    request.body = std::move(body);
    const Response response = MBUILD_TRY(api_.send(request));
    if (!response.ok()) return std::unexpected(remote::response_error("POST", request.url, response));
    return JsonObject::parse(response.body, method);
  }

  // Names of fields are protobuf's or, from other implementations, JSON's.
  static Result<std::string> text_of(const JsonObject& json, const char* name, const char* other) {
    return json.has(name) ? json.text(name) : json.text(other);
  }

  JsonWriter begin(const std::string& key) const {
    JsonWriter json;
    json.begin_object().key("key").value(key).key("version").value(version_);
    return json;
  }

  Result<std::optional<Url>> find(const std::string& key, bool prefix) const {
    JsonWriter json = begin(key);
    if (prefix) json.key("restore_keys").begin_array().value(key).end_array();
    const JsonObject found = MBUILD_TRY(call("GetCacheEntryDownloadURL", json.end_object().take()));
    if (!MBUILD_TRY(found.boolean("ok"))) return std::nullopt;
    const std::string url = MBUILD_TRY(text_of(found, "signed_download_url", "signedDownloadUrl"));
    if (url.empty()) return std::nullopt;
    return MBUILD_TRY_AS(name(), Url::parse(url));
  }

  Result<void> put(const std::string& key, std::uint64_t size, const OpenBlob& open) const {
    if (size > kLargestPut)
      return fail(ErrorKind::unsupported, name() + ": a layer of more than 5 GB cannot be kept there");
    auto created = call("CreateCacheEntry", begin(key).end_object().take());
    // Somebody else is at it, or was since we looked.
    if (!created && created.error().message().find("already_exists") != std::string::npos) return {};
    if (!created) return std::unexpected(std::move(created).error());
    if (!MBUILD_TRY(created->boolean("ok"))) return {};
    Request request;
    request.method = "PUT";
    request.url = MBUILD_TRY_AS(
        name(), Url::parse(MBUILD_TRY(text_of(*created, "signed_upload_url", "signedUploadUrl"))));
    request.headers.set("x-ms-blob-type", "BlockBlob");
    request.headers.set("Content-Type", "application/octet-stream");
    const Response stored = MBUILD_TRY(storage_.send(request, open, size));
    if (!stored.ok()) return std::unexpected(remote::response_error("PUT", request.url, stored));
    JsonWriter json = begin(key);
    json.key("size_bytes").value(std::to_string(size));
    const JsonObject done = MBUILD_TRY(call("FinalizeCacheEntryUpload", json.end_object().take()));
    if (MBUILD_TRY(done.boolean("ok"))) return {};
    return fail(ErrorKind::unavailable, name() + ": the upload of " + key + " was not accepted");
  }

  Url service_;
  std::string scope_;
  std::string version_;
  HttpObjects api_;
  HttpObjects storage_;
};

}  // namespace

Result<std::unique_ptr<CacheRemote>> make_gha_cache(const CacheSpec& spec, const CacheServices& services) {
  const auto get = [&](const std::string& key, const char* variable) -> std::string {
    if (const auto found = spec.attributes.find(key); found != spec.attributes.end()) return found->second;
    return services.environment(variable).value_or("");
  };
  const std::string url = get("url_v2", "ACTIONS_RESULTS_URL");
  const std::string token = get("token", "ACTIONS_RUNTIME_TOKEN");
  if (url.empty() || token.empty())
    return std::unexpected(
        Error(ErrorKind::unauthorized,
              "type=gha: ACTIONS_RESULTS_URL and ACTIONS_RUNTIME_TOKEN are not both set")
            .with_hint("run it in a workflow of GitHub Actions, and hand the two to the step"));
  Url service = MBUILD_TRY_AS("ACTIONS_RESULTS_URL", Url::parse(url));
  if (!service.target.ends_with('/')) service.target += '/';
  const auto scope = spec.attributes.find("scope");
  return std::make_unique<GhaCache>(
      std::move(service), token, scope == spec.attributes.end() ? "buildkit" : scope->second, *services.http);
}

}  // namespace mbuild::builder
