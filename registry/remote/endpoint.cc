#include "registry/remote/endpoint.h"

#include <fmt/format.h>

#include <algorithm>

namespace mbuild::remote {

Url Endpoint::url(std::string_view path) const {
  Url url = session->origin();
  url.target = fmt::format("{}/{}/{}", api_root, repository, path);
  return namespace_hint.empty() ? url : url.with_query("ns", namespace_hint);
}

Result<Endpoint> Endpoints::home(const oci::Reference& reference) {
  return connect(options_.registries.home(reference));
}

Result<Endpoint> Endpoints::connect(const Place& place) {
  std::string scheme = place.scheme;
  if (scheme.empty()) scheme = MBUILD_TRY(find_scheme(place));
  Url origin = MBUILD_TRY(Url::parse(scheme + "://" + place.host));
  return Endpoint{&session_for(origin, place), place.repository, place.namespace_hint, place.api_root};
}

// An insecure host may speak either: TLS is tried first, so that what can be hidden is. On loopback there is
// nobody to hide from, and registries without TLS are the rule.
Result<std::string> Endpoints::find_scheme(const Place& place) {
  {
    std::lock_guard lock(mutex_);
    if (auto known = schemes_.find(place.host); known != schemes_.end()) return known->second;
  }
  Retry retry(policy_for(place), options_.time);
  for (;;) {
    auto scheme = probe_schemes(place.host);
    if (scheme) {
      std::lock_guard lock(mutex_);
      schemes_[place.host] = *scheme;
      return scheme;
    }
    if (!is_transient(scheme.error()) || !MBUILD_TRY(retry.pause())) return scheme;
  }
}

Result<std::string> Endpoints::probe_schemes(const std::string& host) {
  Url https = MBUILD_TRY(Url::parse("https://" + host + "/v2/"));
  Url http = MBUILD_TRY(Url::parse("http://" + host + "/v2/"));
  bool plain_first = is_loopback(https.host);
  Error last(ErrorKind::internal, "");
  for (const Url& url : {plain_first ? http : https, plain_first ? https : http}) {
    Request request;
    request.url = url;
    auto response = transport_.send(request);
    // Servers answer 400 to plain HTTP on their TLS port.
    if (response && response->status != 400) return url.scheme;
    if (!response && response.error().kind() == ErrorKind::cancelled)
      return std::unexpected(std::move(response).error());
    if (!response) last = std::move(response).error();
  }
  return std::unexpected(std::move(last));
}

RetryPolicy Endpoints::policy_for(const Place& place) const {
  RetryPolicy policy = options_.policy;
  if (place.is_mirror()) policy.attempts = std::min(policy.attempts, 2u);  // there is somebody else to ask
  return policy;
}

Session& Endpoints::session_for(const Url& origin, const Place& place) {
  // One host may be a registry and a mirror, with the credentials of either.
  std::string key = place.registry + " " + place.repository + " " + origin.origin();
  std::lock_guard lock(mutex_);
  auto& session = sessions_[key];
  if (!session) {
    auto find = [this, place] { return credentials_(place.registry, place.repository); };
    auto authenticator =
        std::make_unique<Authenticator>(transport_, origin, options_.client_id, find, options_.time);
    Session::Options options{place.registry, policy_for(place), place.headers};
    session = std::make_unique<Session>(transport_, origin, std::move(authenticator), std::move(options),
                                        options_.time);
  }
  return *session;
}

bool Endpoints::is_down(const Place& place) {
  std::lock_guard lock(mutex_);
  auto found = down_until_.find(place.host);
  return found != down_until_.end() && options_.time.now() < found->second;
}

void Endpoints::note_failure(const Place& place, const Error& error, std::string& mirrors_said) {
  mirrors_said += fmt::format("; mirror {}: {}", place.host, error.message());
  if (error.kind() != ErrorKind::unavailable) return;
  std::lock_guard lock(mutex_);
  down_until_[place.host] = options_.time.now() + std::chrono::minutes(1);
}

Error Endpoints::with_mirrors(Error error, const std::string& mirrors_said) {
  if (mirrors_said.empty()) return error;
  std::string hint = error.hint() + mirrors_said;
  Error result(error.kind(), error.message());
  return std::move(result).with_hint(error.hint().empty() ? hint.substr(2) : hint);
}

}  // namespace mbuild::remote
