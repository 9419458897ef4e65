// Authenticator: the Authorization header that one registry wants (Docker's token authentication
// specification, distribution/docs/spec/auth; RFC 6749 6 for refresh tokens; RFC 7617 Basic).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "registry/remote/challenge.h"
#include "registry/remote/credentials.h"
#include "registry/remote/retry.h"
#include "registry/remote/transport.h"

namespace mbuild::remote {

// What a request needs: "repository:<name>:pull[,push]", one for each repository that it touches.
using Scopes = std::vector<std::string>;

// Of one origin (scheme, host and port): what it learns there is used nowhere else. Thread-safe; a token that
// several threads need at once is fetched once.
class Authenticator {
 public:
  using FindCredentials = std::function<Result<std::optional<Credentials>>()>;

  // All borrowed. `find_credentials` is asked at most once, when the server first wants to know.
  Authenticator(Transport& transport, Url origin, std::string user_agent_client_id,
                FindCredentials find_credentials, const TimeSource& time);

  // The header's value as far as it is known without asking the server; nullopt: none.
  std::optional<std::string> authorization(const Scopes& scopes);

  // After a 401 to a request with `refused` (nullopt: without the header): gets another one. `unauthorized`
  // when there is nothing else to try.
  Result<std::string> answer_challenge(const Headers& response, const Scopes& scopes,
                                       const std::optional<std::string>& refused);

 private:
  struct Token {
    std::string authorization;
    std::chrono::steady_clock::time_point expires;
  };

  Result<const Credentials*> credentials();
  Result<Token> fetch_token(const Challenge& challenge, const Scopes& scopes);
  Result<Response> ask_realm(const Url& realm, const Challenge& challenge, const Scopes& scopes);

  Transport& transport_;
  Url origin_;
  std::string client_id_;
  FindCredentials find_credentials_;
  const TimeSource& time_;

  std::mutex mutex_;
  std::optional<std::optional<Credentials>> credentials_;  // outer: whether they were looked up
  std::optional<std::string> basic_;                       // once the server has asked for it
  std::map<Scopes, Token> tokens_;
};

}  // namespace mbuild::remote
