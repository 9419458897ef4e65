#include "registry/remote/auth.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/base/json.h"
#include "registry/remote/base64.h"
#include "registry/remote/response_error.h"

namespace mbuild::remote {

namespace {

using std::chrono::seconds;

constexpr seconds kDefaultLifetime{60};  // distribution/docs/spec/auth/token.md, "expires_in"

std::string basic(const Credentials& credentials) {
  return "Basic " + base64_encode(credentials.username + ":" + credentials.password);
}

const Challenge* find(const std::vector<Challenge>& challenges, std::string_view scheme) {
  auto found = std::ranges::find(challenges, scheme, &Challenge::scheme);
  return found == challenges.end() ? nullptr : &*found;
}

std::string form(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string body;
  for (const auto& [key, value] : fields)
    body += fmt::format("{}{}={}", body.empty() ? "" : "&", key, percent_encode(value));
  return body;
}

}  // namespace

Authenticator::Authenticator(Transport& transport, Url origin, std::string client_id,
                             FindCredentials find_credentials, const TimeSource& time)
    : transport_(transport),
      origin_(std::move(origin)),
      client_id_(std::move(client_id)),
      find_credentials_(std::move(find_credentials)),
      time_(time) {}

std::optional<std::string> Authenticator::authorization(const Scopes& scopes) {
  std::lock_guard lock(mutex_);
  if (basic_) return basic_;
  auto found = tokens_.find(scopes);
  if (found == tokens_.end() || found->second.expires <= time_.now()) return std::nullopt;
  return found->second.authorization;
}

Result<std::string> Authenticator::answer_challenge(const Headers& response, const Scopes& scopes,
                                                    const std::optional<std::string>& refused) {
  std::vector<Challenge> challenges = parse_challenges(response);
  std::lock_guard lock(mutex_);  // held while a token is fetched: the other threads want the same one
  if (const Challenge* bearer = find(challenges, "bearer"); bearer && bearer->parameters.contains("realm")) {
    auto known = tokens_.find(scopes);
    bool fresh = known != tokens_.end() && known->second.expires > time_.now();
    if (fresh && known->second.authorization != refused) return known->second.authorization;
    Token token = MBUILD_TRY(fetch_token(*bearer, scopes));
    std::string authorization = token.authorization;
    if (authorization == refused) return fail(ErrorKind::unauthorized, "the token was refused");
    tokens_.insert_or_assign(scopes, std::move(token));
    return authorization;
  }
  if (!find(challenges, "basic"))
    return fail(ErrorKind::unauthorized, "no known way to authenticate is offered");
  const Credentials* known = MBUILD_TRY(credentials());
  if (!known || known->username.empty()) return fail(ErrorKind::unauthorized, "no credentials are known");
  basic_ = basic(*known);
  if (basic_ == refused) return fail(ErrorKind::unauthorized, "the user name or password was refused");
  return *basic_;
}

Result<const Credentials*> Authenticator::credentials() {
  if (!credentials_) credentials_ = MBUILD_TRY(find_credentials_());
  return credentials_->has_value() ? &**credentials_ : nullptr;
}

Result<Response> Authenticator::ask_realm(const Url& realm, const Challenge& challenge,
                                          const Scopes& scopes) {
  const Credentials* known = MBUILD_TRY(credentials());
  std::string service = challenge.parameter("service");
  Request request;
  request.max_body = 1 << 20;
  request.url = realm;
  if (known && !known->identity_token.empty()) {
    std::string scope;
    for (const std::string& one : scopes) scope += (scope.empty() ? "" : " ") + one;
    request.method = "POST";
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    request.body = form({{"grant_type", "refresh_token"},
                         {"service", service},
                         {"client_id", client_id_},
                         {"scope", scope},
                         {"refresh_token", known->identity_token}});
    return transport_.send(request);
  }
  if (!service.empty()) request.url = request.url.with_query("service", service);
  for (const std::string& scope : scopes) request.url = request.url.with_query("scope", scope);
  if (known && !known->username.empty()) {
    request.url = request.url.with_query("account", known->username);
    request.headers.set("Authorization", basic(*known));
  }
  return transport_.send(request);
}

Result<Authenticator::Token> Authenticator::fetch_token(const Challenge& challenge, const Scopes& scopes) {
  const Credentials* known = MBUILD_TRY(credentials());
  auto now = time_.now();
  if (known && !known->registry_token.empty())
    return Token{"Bearer " + known->registry_token, now + std::chrono::hours(24)};

  Url realm = MBUILD_TRY_AS("token realm", Url::parse(challenge.parameter("realm")));
  if (origin_.tls() && !realm.tls())
    return fail(
        ErrorKind::unauthorized,
        fmt::format("{} is asked for tokens without TLS, which would show credentials", realm.display()));
  Response response = MBUILD_TRY_AS("get token", ask_realm(realm, challenge, scopes));
  if (!response.ok()) return std::unexpected(response_error("GET", realm, response).context("get token"));
  JsonObject answer = MBUILD_TRY(JsonObject::parse(response.body, "token from " + realm.display()));
  std::string text = MBUILD_TRY(answer.text("token"));
  if (text.empty()) text = MBUILD_TRY(answer.text("access_token"));
  if (text.empty()) return fail(ErrorKind::corrupt, fmt::format("{} gave no token", realm.display()));
  seconds lifetime =
      answer.has("expires_in") ? seconds(MBUILD_TRY(answer.integer("expires_in"))) : kDefaultLifetime;
  lifetime = std::clamp(lifetime, seconds(0), seconds(24 * 3600));
  // Renewed a little early, so that it does not expire on its way.
  return Token{"Bearer " + text, now + lifetime - std::min(lifetime / 4, seconds(10))};
}

}  // namespace mbuild::remote
