#include "registry/remote/manifest_fetch.h"

#include <fmt/format.h>

#include <charconv>

#include "registry/base/json.h"

namespace mbuild::remote {

namespace {

Request manifest_request(const Endpoint& endpoint, const oci::Reference& reference, const char* method) {
  Request request;
  request.method = method;
  request.url = endpoint.url("manifests/" + manifest_name(reference));
  request.headers.set("Accept",
                      fmt::format("{}, {}, {}, {}", oci::media_type::kOciIndex, oci::media_type::kDockerIndex,
                                  oci::media_type::kOciManifest, oci::media_type::kDockerManifest));
  return request;
}

// Without parameters; "" for types that say nothing.
std::string media_type_of(const Headers& headers) {
  std::string_view type = headers.get("Content-Type").value_or("");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type.starts_with("application/vnd.") ? std::string(type) : "";
}

// What a manifest without a telling Content-Type says of itself (image-spec manifest.md, "mediaType").
Result<std::string> media_type_in(const std::string& json) {
  JsonObject object = MBUILD_TRY(JsonObject::parse(json, "manifest"));
  std::string type = MBUILD_TRY(object.text("mediaType"));
  if (!type.empty()) return type;
  return std::string(object.has("manifests") ? oci::media_type::kOciIndex : oci::media_type::kOciManifest);
}

Result<std::optional<oci::Digest>> announced_digest(const Headers& headers) {
  auto text = headers.get("Docker-Content-Digest");
  if (!text || !text->starts_with("sha256:")) return std::nullopt;
  return MBUILD_TRY(oci::Digest::parse(*text));
}

}  // namespace

Result<oci::Descriptor> describe_manifest(const std::string& json) {
  oci::Descriptor descriptor;
  descriptor.digest = oci::Digest::of(json);
  descriptor.size = json.size();
  descriptor.media_type = MBUILD_TRY(media_type_in(json));
  return descriptor;
}

std::string manifest_name(const oci::Reference& reference) {
  return reference.digest ? reference.digest->str() : reference.tag;
}

Result<std::pair<oci::Descriptor, std::string>> fetch_manifest(const Endpoint& endpoint,
                                                               const oci::Reference& reference) {
  Request request = manifest_request(endpoint, reference, "GET");
  std::string action = fmt::format("{} {}", request.method, request.url.display());
  Response response = MBUILD_TRY(endpoint.session->expect_ok(request, endpoint.pull_scopes()));
  oci::Descriptor descriptor;
  descriptor.digest = oci::Digest::of(response.body);
  descriptor.size = response.body.size();
  std::optional<oci::Digest> expected = reference.digest;
  if (!expected) expected = MBUILD_TRY_AS(action, announced_digest(response.headers));
  if (expected && *expected != descriptor.digest)
    return fail(ErrorKind::corrupt, fmt::format("{}: the content has the digest {}, not {}", action,
                                                descriptor.digest.str(), expected->str()));
  descriptor.media_type = media_type_of(response.headers);
  if (descriptor.media_type.empty())
    descriptor.media_type = MBUILD_TRY_AS(action, media_type_in(response.body));
  return std::pair(std::move(descriptor), std::move(response.body));
}

Result<oci::Descriptor> head_manifest(const Endpoint& endpoint, const oci::Reference& reference) {
  Request request = manifest_request(endpoint, reference, "HEAD");
  Response response = MBUILD_TRY(endpoint.session->expect_ok(request, endpoint.pull_scopes()));
  oci::Descriptor descriptor;
  descriptor.media_type = media_type_of(response.headers);
  auto digest = MBUILD_TRY_AS(request.url.display(), announced_digest(response.headers));
  std::string_view length = response.headers.get("Content-Length").value_or("");
  std::from_chars(length.data(), length.data() + length.size(), descriptor.size);
  if (!digest || descriptor.media_type.empty() || descriptor.size == 0)
    return MBUILD_TRY(fetch_manifest(endpoint, reference)).first;
  descriptor.digest = *digest;
  return descriptor;
}

}  // namespace mbuild::remote
