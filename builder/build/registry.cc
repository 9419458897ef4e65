#include "builder/registry.h"

#include <fmt/format.h>

#include <chrono>

#include "builder/build/session.h"
#include "builder/exec/event_sink.h"
#include "registry/remote/copy.h"
#include "registry/remote/cosign.h"
#include "registry/remote/layout_client.h"
#include "registry/remote/login.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view kLayout = "oci:";

// A name, and who is to be asked for it.
struct Place {
  std::unique_ptr<remote::RegistryClient> client;
  oci::Reference reference;
};

Result<Place> open_place(const RegistryRequest& request, const std::string& text) {
  if (text.starts_with(kLayout)) {
    remote::LayoutPlace place = MBUILD_TRY(remote::parse_layout_place(text.substr(kLayout.size())));
    return Place{remote::make_layout_client(place.directory), place.reference};
  }
  oci::Reference reference = MBUILD_TRY(oci::Reference::parse(text));
  return Place{MBUILD_TRY(remote::RegistryClient::create(client_options(request.access, request.cancel))),
               std::move(reference)};
}

Result<std::optional<oci::Platform>> parse_platform(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return MBUILD_TRY_AS("--platform", oci::Platform::parse(text));
}

// The digest that a name means now.
Result<oci::Digest> digest_of(Place& place, const std::string& name) {
  if (place.reference.digest) return *place.reference.digest;
  auto found = MBUILD_TRY(place.client->head(place.reference));
  if (!found) return fail(ErrorKind::not_found, name + ": no such image");
  return found->digest;
}

}  // namespace

Result<std::string> registry_name(const std::string& text) {
  return remote::registry_name(text);
}

Result<void> log_in(const RegistryRequest& request, const std::string& registry, const std::string& username,
                    const std::string& password) {
  return remote::log_in(client_options(request.access, request.cancel), registry, {username, password});
}

Result<bool> log_out(const RegistryRequest& request, const std::string& registry) {
  return remote::log_out(client_options(request.access, request.cancel), registry);
}

Result<std::string> copy_image(const RegistryRequest& request, const std::string& source,
                               const std::string& destination, const CopyOptions& options,
                               BuildObserver* observer) {
  std::string action = fmt::format("copy {} to {}", source, destination);
  auto platform = MBUILD_TRY(parse_platform(options.platform));
  Place from = MBUILD_TRY_AS(action, open_place(request, source));
  Place to = MBUILD_TRY_AS(action, open_place(request, destination));
  EventSink events(observer);
  events.emit(StepAdded{{0, action, "", std::nullopt, {}}});
  events.emit(StepStarted{0});
  auto begun = std::chrono::steady_clock::now();
  auto copied = remote::copy_image(*from.client, from.reference, *to.client, to.reference, platform,
                                   [&](std::uint64_t done, std::uint64_t total) {
                                     events.emit(StepProgress{0, "blobs", done, total});
                                   });
  Result<std::size_t> referrers = 0;
  if (copied && options.referrers)
    referrers =
        remote::copy_referrers(*from.client, from.reference, *to.client, to.reference, copied->digest);
  Resources resources;
  resources.wall = std::chrono::steady_clock::now() - begun;
  bool failed = !copied || !referrers;
  events.emit(StepFinished{0, failed ? StepOutcome::failed : StepOutcome::executed, resources,
                           failed ? (copied ? referrers.error() : copied.error()).message() : ""});
  MBUILD_CHECK_AS(action, referrers);
  return MBUILD_TRY_AS(action, std::move(copied)).digest.str();
}

Result<std::vector<std::string>> list_tags(const RegistryRequest& request, const std::string& repository) {
  Place place = MBUILD_TRY(open_place(request, repository));
  return place.client->list_tags(place.reference);
}

Result<void> delete_remote(const RegistryRequest& request, const std::string& text) {
  Place place = MBUILD_TRY(open_place(request, text));
  return place.client->remove(place.reference);
}

Result<std::string> inspect_remote(const RegistryRequest& request, const std::string& text,
                                   const RawQuery& query) {
  Place place = MBUILD_TRY(open_place(request, text));
  auto platform = MBUILD_TRY(parse_platform(query.platform));
  if (!platform && !query.config) return MBUILD_TRY(place.client->manifest(place.reference)).second;
  remote::ResolvedImage image =
      MBUILD_TRY(place.client->resolve(place.reference, platform.value_or(oci::Platform::host())));
  return query.config ? std::move(image.config_json) : std::move(image.manifest_json);
}

Result<std::string> sign_remote(const RegistryRequest& request, const std::string& text,
                                const std::string& key_file, const std::string& password) {
  remote::PrivateKey key = MBUILD_TRY(remote::PrivateKey::load(key_file, password));
  Place place = MBUILD_TRY(open_place(request, text));
  oci::Digest digest = MBUILD_TRY_AS("sign", digest_of(place, text));
  MBUILD_CHECK(remote::sign_image(*place.client, place.reference, digest, key));
  return digest.str();
}

Result<std::string> verify_remote(const RegistryRequest& request, const std::string& text,
                                  const std::vector<std::string>& key_files) {
  std::vector<remote::PublicKey> keys;
  for (const std::string& file : key_files) keys.push_back(MBUILD_TRY(remote::PublicKey::load(file)));
  Place place = MBUILD_TRY(open_place(request, text));
  oci::Digest digest = MBUILD_TRY_AS("verify", digest_of(place, text));
  MBUILD_CHECK(remote::verify_image(*place.client, place.reference, digest, keys));
  return digest.str();
}

Result<void> generate_key_pair(const std::string& prefix, const std::string& password) {
  return remote::generate_key_pair(prefix, password);
}

}  // namespace mbuild::builder
