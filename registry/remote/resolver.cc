#include "registry/remote/resolver.h"

#include <fmt/format.h>

#include "registry/oci/image_config.h"
#include "registry/remote/blob_download.h"
#include "registry/remote/manifest_fetch.h"

namespace mbuild::remote {

namespace {

constexpr std::uint64_t kMaxConfig = 16 << 20;
constexpr int kMaxDepth = 3;  // of indexes in indexes

// BuildKit's attestations are children of the index for a platform that nothing runs on (moby/buildkit:
// docs/attestations/attestation-storage.md).
bool is_attestation(const oci::Descriptor& entry) {
  auto kind = entry.annotations.find("vnd.docker.reference.type");
  if (kind != entry.annotations.end() && kind->second == "attestation-manifest") return true;
  return entry.platform && entry.platform->os == "unknown" && entry.platform->architecture == "unknown";
}

std::string list(const std::vector<oci::Platform>& platforms) {
  std::string text;
  for (const oci::Platform& platform : platforms) text += (text.empty() ? "" : ", ") + platform.str();
  return text.empty() ? "none" : text;
}

oci::Reference with_digest(const oci::Reference& reference, const oci::Digest& digest) {
  oci::Reference result = reference;
  result.digest = digest;
  return result;
}

Result<std::string> get_config(Endpoints& endpoints, const DocumentCache& documents,
                               const oci::Reference& reference, const oci::Descriptor& config) {
  if (auto known = documents.find(config.digest); known && known->size() == config.size)
    return std::move(*known);
  std::string text = MBUILD_TRY(download_text(endpoints, reference, config, kMaxConfig));
  documents.keep(text);
  return text;
}

using Document = std::pair<oci::Descriptor, std::string>;

// What is kept of what a reference means now; nullopt when a GET must tell - why it cannot be had, too.
Result<std::optional<Document>> known_manifest(Endpoints& endpoints, const DocumentCache& documents,
                                               const oci::Reference& reference) {
  if (!documents.enabled()) return std::nullopt;
  if (reference.digest) {
    auto known = documents.find(*reference.digest);
    if (!known) return std::nullopt;
    auto descriptor = describe_manifest(*known);
    if (!descriptor || !(descriptor->is_manifest() || descriptor->is_index())) return std::nullopt;
    return Document(std::move(*descriptor), std::move(*known));
  }
  auto head = endpoints.ask_each<oci::Descriptor>(
      reference, Use::tag, [&](const Endpoint& endpoint) { return head_manifest(endpoint, reference); });
  if (!head && (head.error().kind() == ErrorKind::unavailable || head.error().kind() == ErrorKind::cancelled))
    return std::unexpected(std::move(head).error());
  auto known = head ? documents.find(head->digest) : std::nullopt;
  if (!known) return std::nullopt;
  head->size = known->size();
  return Document(std::move(*head), std::move(*known));
}

// The platform of an entry that does not tell: that of its config.
Result<std::optional<oci::Platform>> platform_of(Endpoints& endpoints, const DocumentCache& documents,
                                                 const oci::Reference& reference,
                                                 const oci::Descriptor& entry) {
  if (entry.platform) return entry.platform;
  if (!entry.is_manifest()) return std::nullopt;
  auto fetched = MBUILD_TRY(get_manifest(endpoints, documents, with_digest(reference, entry.digest)));
  oci::Manifest manifest = MBUILD_TRY(oci::Manifest::parse(fetched.second));
  auto config =
      oci::ImageConfig::parse(MBUILD_TRY(get_config(endpoints, documents, reference, manifest.config)));
  if (!config) return std::nullopt;  // an artifact, not an image
  return config->platform;
}

Result<oci::Descriptor> choose(Endpoints& endpoints, const DocumentCache& documents,
                               const oci::Reference& reference, const oci::Index& index,
                               const oci::Platform& wanted) {
  std::vector<oci::Platform> platforms;
  std::vector<const oci::Descriptor*> entries;
  for (const oci::Descriptor& entry : index.manifests) {
    if (is_attestation(entry) || !(entry.is_manifest() || entry.is_index())) continue;
    auto platform = MBUILD_TRY(platform_of(endpoints, documents, reference, entry));
    if (!platform) continue;
    platforms.push_back(*platform);
    entries.push_back(&entry);
  }
  int best = oci::best_match(wanted, platforms);
  if (best >= 0) return *entries[static_cast<std::size_t>(best)];
  return fail(ErrorKind::not_found, fmt::format("{} has no image for {}; there are: {}", reference.familiar(),
                                                wanted.str(), list(platforms)));
}

}  // namespace

Result<std::pair<oci::Descriptor, std::string>> get_manifest(Endpoints& endpoints,
                                                             const DocumentCache& documents,
                                                             const oci::Reference& reference) {
  if (auto known = MBUILD_TRY(known_manifest(endpoints, documents, reference))) return std::move(*known);
  Document fetched = MBUILD_TRY(endpoints.ask_each<Document>(
      reference, reference.digest ? Use::content : Use::tag,
      [&](const Endpoint& endpoint) { return fetch_manifest(endpoint, reference); }));
  documents.keep(fetched.second);
  return fetched;
}

Result<ResolvedImage> resolve_image(Endpoints& endpoints, const DocumentCache& documents,
                                    const oci::Reference& reference, const oci::Platform& platform) {
  ResolvedImage image;
  image.reference = reference;
  auto fetched = MBUILD_TRY(get_manifest(endpoints, documents, reference));
  image.root = fetched.first;
  for (int depth = 0; fetched.first.is_index(); ++depth) {
    if (depth == kMaxDepth) return fail(ErrorKind::corrupt, "indexes are nested too deeply");
    oci::Index index = MBUILD_TRY(oci::Index::parse(fetched.second));
    oci::Descriptor chosen = MBUILD_TRY(choose(endpoints, documents, reference, index, platform));
    fetched = MBUILD_TRY(get_manifest(endpoints, documents, with_digest(reference, chosen.digest)));
  }
  image.manifest_descriptor = std::move(fetched.first);
  image.manifest_json = std::move(fetched.second);
  image.manifest = MBUILD_TRY(oci::Manifest::parse(image.manifest_json));
  image.config_json =
      MBUILD_TRY_AS("config", get_config(endpoints, documents, reference, image.manifest.config));
  return image;
}

}  // namespace mbuild::remote
