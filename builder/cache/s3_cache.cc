// Caches in S3 and what speaks like it. Objects are <prefix><manifests_prefix><name> and
// <prefix><blobs_prefix><digest>, as BuildKit names its own.
#include <ctime>

#include "builder/cache/aws_signature.h"
#include "builder/cache/cache_spec.h"
#include "builder/cache/http_objects.h"
#include "registry/remote/response_error.h"

namespace mbuild::builder {

namespace {

using remote::Request;
using remote::Response;
using remote::Url;

constexpr std::uint64_t kLargestDocument = 64 << 20;
constexpr std::uint64_t kLargestPut = std::uint64_t{5} << 30;  // of a single PUT

struct S3Settings {
  Url endpoint;  // with the bucket
  std::string bucket;
  std::string region;
  AwsCredentials credentials;
  std::string document_key;
  std::string blob_prefix;
};

class S3Cache : public CacheRemote {
 public:
  S3Cache(S3Settings settings, remote::Transport& transport)
      : settings_(std::move(settings)),
        objects_(transport, [this](Request& request) { return sign(request); }) {}

  std::string name() const override { return "s3://" + settings_.bucket + "/" + settings_.document_key; }

  Result<std::optional<RemoteDocument>> read_document() override {
    Request request = request_for("GET", settings_.document_key);
    request.max_body = kLargestDocument;
    Response response = MBUILD_TRY(objects_.send(request));
    if (response.status == 404) return std::nullopt;
    if (!response.ok()) return std::unexpected(remote::response_error("GET", request.url, response));
    return RemoteDocument{std::move(response.body), {}};
  }

  Result<std::unique_ptr<ByteSource>> open_blob(const oci::Descriptor& blob) override {
    return objects_.open(request_for("GET", key_of(blob)), blob.size);
  }

  Result<void> put_blob(const oci::Descriptor& blob, const OpenBlob& open) override {
    const Request head = request_for("HEAD", key_of(blob));
    const Response there = MBUILD_TRY(objects_.send(head));
    if (there.ok()) return {};
    if (there.status != 404) return std::unexpected(remote::response_error("HEAD", head.url, there));
    if (blob.size > kLargestPut)
      return fail(ErrorKind::unsupported, name() + ": a layer of more than 5 GiB cannot be kept there");
    Request request = request_for("PUT", key_of(blob));
    // A blob's name is what S3 wants to know of a body.
    request.headers.set("X-Amz-Content-Sha256", blob.digest.hex());
    return expect_ok(request, MBUILD_TRY(objects_.send(request, open, blob.size)));
  }

  Result<void> write_document(const std::string& text, const std::vector<RemoteDocument::Layer>&) override {
    Request request = request_for("PUT", settings_.document_key);
    request.body = text;
    return expect_ok(request, MBUILD_TRY(objects_.send(request)));
  }

 private:
  std::string key_of(const oci::Descriptor& blob) const { return settings_.blob_prefix + blob.digest.str(); }

  Request request_for(const std::string& method, const std::string& key) const {
    Request request;
    request.method = method;
    request.url = settings_.endpoint;
    request.url.target += remote::percent_encode(key, "-._~/");
    return request;
  }

  Result<void> sign(Request& request) const {
    const auto known = request.headers.get("X-Amz-Content-Sha256");
    const std::string hash = known ? std::string(*known) : oci::Digest::of(request.body).hex();
    sign_aws_request(request, settings_.credentials, settings_.region, hash, std::time(nullptr));
    return {};
  }

  static Result<void> expect_ok(const Request& request, const Response& response) {
    if (response.ok()) return {};
    return std::unexpected(remote::response_error(request.method, request.url, response));
  }

  S3Settings settings_;
  HttpObjects objects_;
};

class Settings {
 public:
  Settings(const CacheSpec& spec, const remote::Environment& environment)
      : attributes_(spec.attributes), environment_(environment) {}
  // The attribute, else the variable, else what is given.
  std::string get(const std::string& key, const char* variable = "",
                  const std::string& otherwise = "") const {
    if (const auto found = attributes_.find(key); found != attributes_.end()) return found->second;
    const auto value = *variable ? environment_(variable) : std::nullopt;
    return value && !value->empty() ? *value : otherwise;
  }

 private:
  const CacheAttributes& attributes_;
  const remote::Environment& environment_;
};

Result<Url> endpoint_of(const Settings& settings, const std::string& bucket, const std::string& region) {
  const std::string given = settings.get("endpoint_url", "AWS_ENDPOINT_URL_S3");
  const std::string text = given.empty() ? "https://s3." + region + ".amazonaws.com" : given;
  Url url = MBUILD_TRY_AS("endpoint_url", Url::parse(text));
  if (!url.target.ends_with('/')) url.target += '/';
  const std::string style = settings.get("use_path_style", "", "false");
  if (style != "true" && style != "false")
    return fail(ErrorKind::invalid_input, "use_path_style=" + style + ": must be true or false");
  if (style == "true")
    url.target += remote::percent_encode(bucket) + "/";
  else
    url.host = bucket + "." + url.host;
  return url;
}

}  // namespace

Result<std::unique_ptr<CacheRemote>> make_s3_cache(const CacheSpec& spec, const CacheServices& services) {
  const Settings given(spec, services.environment);
  S3Settings settings;
  settings.bucket = given.get("bucket", "AWS_BUCKET");
  settings.region = given.get("region", "AWS_REGION");
  if (settings.bucket.empty() || settings.region.empty())
    return fail(ErrorKind::invalid_input, "type=s3: bucket and region are required");
  settings.credentials = {given.get("access_key_id", "AWS_ACCESS_KEY_ID"),
                          given.get("secret_access_key", "AWS_SECRET_ACCESS_KEY"),
                          given.get("session_token", "AWS_SESSION_TOKEN")};
  if (settings.credentials.access_key.empty() || settings.credentials.secret_key.empty())
    return std::unexpected(Error(ErrorKind::unauthorized, "type=s3: there are no credentials")
                               .with_hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"));
  settings.endpoint = MBUILD_TRY(endpoint_of(given, settings.bucket, settings.region));
  const std::string prefix = given.get("prefix");
  settings.document_key =
      prefix + given.get("manifests_prefix", "", "manifests/") + given.get("name", "", "mbuild");
  settings.blob_prefix = prefix + given.get("blobs_prefix", "", "blobs/");
  return std::make_unique<S3Cache>(std::move(settings), *services.http);
}

}  // namespace mbuild::builder
