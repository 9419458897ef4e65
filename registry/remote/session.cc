#include "registry/remote/session.h"

#include <fmt/format.h>

#include "registry/remote/response_error.h"

namespace mbuild::remote {

namespace {

constexpr int kMaxRedirects = 10;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool may_follow(const Request& request, int status) {
  if (request.method == "GET" || request.method == "HEAD") return true;
  return (status == 307 || status == 308) && !request.source;
}

// Where a redirect leads, or why it must not be followed.
Result<Url> redirect_target(const Url& from, const Response& response) {
  auto location = response.headers.get("Location");
  if (!location) return fail(ErrorKind::corrupt, "the redirect has no Location");
  Url target = MBUILD_TRY_AS("redirect", from.resolve(*location));
  if (from.tls() && !target.tls())
    return fail(ErrorKind::corrupt, fmt::format("redirect to {}, which is without TLS", target.display()));
  return target;
}

}  // namespace

Session::Session(Transport& transport, Url origin, std::unique_ptr<Authenticator> authenticator,
                 Options options, const TimeSource& time)
    : transport_(transport),
      origin_(std::move(origin)),
      authenticator_(std::move(authenticator)),
      options_(std::move(options)),
      time_(time) {}

// Puts in what this origin, and no other, may see.
void Session::add_private_headers(Request& request, const std::optional<std::string>& authorization) const {
  for (const auto& [name, value] : options_.headers) request.headers.set(name, value);
  if (authorization) request.headers.set("Authorization", *authorization);
}

Result<Response> Session::follow_redirects(const Request& original,
                                           const std::optional<std::string>& authorization) {
  std::string action = fmt::format("{} {}", original.method, original.url.display());
  Url url = original.url;
  for (int hop = 0;; ++hop) {
    Request request = original;
    request.url = url;
    bool home = url.origin() == origin_.origin();
    if (home) add_private_headers(request, authorization);
    Response response = MBUILD_TRY(transport_.send(request));
    if (!is_redirect(response.status) || !may_follow(request, response.status)) {
      // Another host's 401 must not be answered with what is this registry's.
      if (response.status == 401 && !home)
        return std::unexpected(response_error(request.method, request.url, response));
      return response;
    }
    if (hop == kMaxRedirects)
      return fail(ErrorKind::corrupt, fmt::format("{}: more than {} redirects", action, kMaxRedirects));
    url = MBUILD_TRY_AS(action, redirect_target(url, response));
  }
}

Result<Response> Session::send_once(const Request& request, const Scopes& scopes) {
  std::optional<std::string> authorization = authenticator_->authorization(scopes);
  Response response = MBUILD_TRY(follow_redirects(request, authorization));
  if (response.status != 401 || request.source) return response;
  auto renewed = authenticator_->answer_challenge(response.headers, scopes, authorization);
  if (renewed) {
    response = MBUILD_TRY(follow_redirects(request, *renewed));
    if (response.status != 401) return response;
  }
  Error refused = response_error(request.method, request.url, response);
  if (renewed) return std::unexpected(unauthorized(std::move(refused)));
  Error cause = std::move(renewed).error();
  if (cause.kind() != ErrorKind::unauthorized)
    return std::unexpected(std::move(cause).context(refused.message()));
  return std::unexpected(unauthorized(std::move(cause).context(refused.message())));
}

Error Session::unauthorized(Error error) const {
  return std::move(error).with_hint(
      fmt::format("run `mbuild login {}`, or check the name of the image", options_.registry));
}

Result<Response> Session::send(const Request& request, const Scopes& scopes) {
  Retry retry(options_.policy, time_, request.cancel);
  for (;;) {
    auto response = send_once(request, scopes);
    if (request.source || !is_transient(response)) return response;
    auto wanted = response ? retry_after(response->headers, std::chrono::system_clock::now()) : std::nullopt;
    if (MBUILD_TRY(retry.pause(wanted))) continue;
    if (!response) return response;
    return std::unexpected(response_error(request.method, request.url, *response));
  }
}

Result<Response> Session::expect_ok(const Request& request, const Scopes& scopes) {
  auto response = send(request, scopes);
  if (!response || response->ok()) return response;
  Error error = response_error(request.method, request.url, *response);
  if (error.kind() == ErrorKind::unauthorized) error = unauthorized(std::move(error));
  return std::unexpected(std::move(error));
}

Result<void> Session::renew(const Response& response, const Scopes& scopes) {
  auto renewed =
      authenticator_->answer_challenge(response.headers, scopes, authenticator_->authorization(scopes));
  if (!renewed) return std::unexpected(unauthorized(std::move(renewed).error()));
  return {};
}

}  // namespace mbuild::remote
