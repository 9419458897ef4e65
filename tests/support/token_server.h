// TokenServer: gives tokens as Docker's token authentication specification says, signed so that
// docker-registry accepts them.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "tests/support/scripted_server.h"
#include "tests/support/temp_dir.h"

namespace mbuild::test {

class TokenServer {
 public:
  struct Options {
    std::string username = "user";  // may push; an anonymous client may pull alone
    std::string password = "pass";
    std::string identity_token = "refresh";
    std::chrono::seconds lifetime{300};
  };
  explicit TokenServer(const Options& options);
  TokenServer() : TokenServer(Options()) {}
  ~TokenServer();

  // "auth:" for docker-registry's configuration.
  std::string registry_config() const;
  std::vector<ServedRequest> requests() const { return server_->requests(); }

 private:
  class Key;
  void serve(const ServedRequest& request, Peer& peer) const;
  std::string token(const std::vector<std::string>& scopes, bool may_push) const;

  Options options_;
  TempDir folder_;
  std::unique_ptr<Key> key_;
  std::unique_ptr<ScriptedServer> server_;
};

}  // namespace mbuild::test
