// Session: requests to one registry as a client must make them - with credentials, following redirects,
// trying again what may pass.
#pragma once

#include <memory>
#include <string>

#include "registry/remote/auth.h"
#include "registry/remote/retry.h"
#include "registry/remote/transport.h"

namespace mbuild::remote {

// Thread-safe. `transport` and `time` are borrowed.
class Session {
 public:
  struct Options {
    std::string registry;  // as the user writes it
    RetryPolicy policy;
    Headers headers;  // sent with every request to the origin
  };
  Session(Transport& transport, Url origin, std::unique_ptr<Authenticator> authenticator, Options options,
          const TimeSource& time);

  // The response to `request`, whatever its status but 401 and the transient ones of retry.h, which are
  // errors here (`response_error`). A request with a `source` is sent once, and its transient statuses and a
  // 401 are given to the caller, who alone can say where the source must begin again.
  //
  // Redirects are followed for GET and HEAD, at most 10, and for other methods by 307 and 308 alone; never
  // from https to http. The Authorization header goes only to this session's origin.
  Result<Response> send(const Request& request, const Scopes& scopes);

  // The same with any status outside 2xx as an error.
  Result<Response> expect_ok(const Request& request, const Scopes& scopes);

  // The same, once.
  Result<Response> send_once(const Request& request, const Scopes& scopes);

  // Asks for a new token after `response`, a 401 to a request with a `source`.
  Result<void> renew(const Response& response, const Scopes& scopes);

  const Url& origin() const { return origin_; }
  const RetryPolicy& policy() const { return options_.policy; }
  const TimeSource& time() const { return time_; }

 private:
  Result<Response> follow_redirects(const Request& original, const std::optional<std::string>& authorization);
  void add_private_headers(Request& request, const std::optional<std::string>& authorization) const;
  Error unauthorized(Error error) const;

  Transport& transport_;
  Url origin_;
  std::unique_ptr<Authenticator> authenticator_;
  Options options_;
  const TimeSource& time_;
};

}  // namespace mbuild::remote
