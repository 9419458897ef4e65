#include "registry/remote/referrers.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/base/json.h"
#include "registry/oci/manifest.h"
#include "registry/remote/manifest_fetch.h"
#include "registry/remote/tags.h"

namespace mbuild::remote {

namespace {

constexpr int kMaxPages = 1000;

oci::Reference tag_reference(const Endpoint& endpoint, const oci::Digest& subject) {
  oci::Reference reference;
  reference.repository = endpoint.repository;
  reference.tag = referrers_tag(subject);
  return reference;
}

// The index under the tag; empty when there is none.
Result<oci::Index> tagged_index(const Endpoint& endpoint, const oci::Digest& subject) {
  auto fetched = fetch_manifest(endpoint, tag_reference(endpoint, subject));
  if (fetched) return oci::Index::parse(fetched->second);
  if (fetched.error().kind() != ErrorKind::not_found) return std::unexpected(std::move(fetched).error());
  oci::Index index;
  index.media_type = oci::media_type::kOciIndex;
  return index;
}

// All pages of the API, or nullopt when the registry does not have it.
Result<std::optional<std::vector<oci::Descriptor>>> ask_api(const Endpoint& endpoint,
                                                            const oci::Digest& subject,
                                                            const std::string& artifact_type) {
  std::vector<oci::Descriptor> found;
  Request request;
  request.url = endpoint.url("referrers/" + subject.str());
  if (!artifact_type.empty()) request.url = request.url.with_query("artifactType", artifact_type);
  for (int page = 0; page < kMaxPages; ++page) {
    Response response = MBUILD_TRY(endpoint.session->send(request, endpoint.pull_scopes()));
    // Registries that do not know the path answer 404, or what they say to any bad path.
    if (!response.ok()) return std::nullopt;
    oci::Index index = MBUILD_TRY_AS("GET " + request.url.display(), oci::Index::parse(response.body));
    found.insert(found.end(), index.manifests.begin(), index.manifests.end());
    auto link = next_link(response.headers.get("Link").value_or(""));
    if (!link) return found;
    request.url = MBUILD_TRY(request.url.resolve(*link));
  }
  return fail(ErrorKind::corrupt, fmt::format("GET {}: the pages do not end", request.url.display()));
}

}  // namespace

Result<Referrer> parse_referrer(const std::string& json, const std::string& media_type) {
  Referrer referrer;
  referrer.descriptor.media_type = media_type;
  referrer.descriptor.digest = oci::Digest::of(json);
  referrer.descriptor.size = json.size();
  if (referrer.descriptor.is_index()) {
    oci::Index index = MBUILD_TRY(oci::Index::parse(json));
    referrer.subject = index.subject;
    referrer.descriptor.artifact_type = index.artifact_type;
    referrer.descriptor.annotations = index.annotations;
    return referrer;
  }
  oci::Manifest manifest = MBUILD_TRY(oci::Manifest::parse(json));
  referrer.subject = manifest.subject;
  referrer.descriptor.artifact_type =
      manifest.artifact_type.empty() ? manifest.config.media_type : manifest.artifact_type;
  referrer.descriptor.annotations = manifest.annotations;
  return referrer;
}

std::string referrers_tag(const oci::Digest& subject) {
  return "sha256-" + subject.hex();
}

Result<std::vector<oci::Descriptor>> list_referrers(const Endpoint& endpoint, const oci::Digest& subject,
                                                    const std::string& artifact_type) {
  auto asked = MBUILD_TRY(ask_api(endpoint, subject, artifact_type));
  std::vector<oci::Descriptor> found =
      asked ? std::move(*asked) : MBUILD_TRY(tagged_index(endpoint, subject)).manifests;
  // Filtering is a favour that a registry need not do.
  if (!artifact_type.empty())
    std::erase_if(found, [&](const oci::Descriptor& one) { return one.artifact_type != artifact_type; });
  return found;
}

Result<void> record_referrer(const Endpoint& endpoint, const std::string& manifest_json,
                             const std::string& media_type) {
  Referrer referrer = MBUILD_TRY(parse_referrer(manifest_json, media_type));
  if (!referrer.subject) return {};
  oci::Index index = MBUILD_TRY(tagged_index(endpoint, referrer.subject->digest));
  if (std::ranges::find(index.manifests, referrer.descriptor.digest, &oci::Descriptor::digest) !=
      index.manifests.end())
    return {};
  index.manifests.push_back(referrer.descriptor);
  Request request;
  request.method = "PUT";
  request.url = endpoint.url("manifests/" + referrers_tag(referrer.subject->digest));
  request.headers.set("Content-Type", index.media_type);
  request.body = index.json();
  MBUILD_CHECK(endpoint.session->expect_ok(request, endpoint.push_scopes()));
  return {};
}

}  // namespace mbuild::remote
