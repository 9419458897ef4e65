// Credentials: who a registry is told we are, and where that is kept.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "registry/base/result.h"
#include "registry/remote/cancel.h"
#include "registry/remote/environment.h"

namespace mbuild::remote {

// A user name with password, or one of the two tokens. Never part of a message; wiped when destroyed.
struct Credentials {
  std::string username;
  std::string password;
  std::string identity_token;  // OAuth2 refresh token ("identitytoken")
  std::string registry_token;  // sent as it is ("registrytoken")

  Credentials() = default;
  Credentials(std::string user, std::string secret)
      : username(std::move(user)), password(std::move(secret)) {}
  Credentials(Credentials&&) = default;
  Credentials& operator=(Credentials&&) = default;
  Credentials(const Credentials&) = default;
  Credentials& operator=(const Credentials&) = default;
  ~Credentials();

  bool empty() const {
    return username.empty() && password.empty() && identity_token.empty() && registry_token.empty();
  }
};

class CredentialHelper;

// Reads, in this order, and takes the first that knows the registry:
//   1. $DOCKER_AUTH_CONFIG: the text of a config.json
//   2. $REGISTRY_AUTH_FILE
//   3. <docker config dir>/config.json: the option, $DOCKER_CONFIG, or ~/.docker
//   4. $XDG_RUNTIME_DIR/containers/auth.json, $XDG_CONFIG_HOME/containers/auth.json (podman, buildah, skopeo)
// Each has "auths", "credHelpers" and "credsStore" (docker/cli: configfile/file.go; containers-auth.json(5)).
// Files are read at each call; one that is not JSON is `invalid_input` by name. Thread-safe.
class CredentialStore {
 public:
  // `docker_config_dir` empty: from the environment.
  CredentialStore(std::string docker_config_dir, Environment environment, CancelFlag cancel);

  // `registry` is "docker.io" or "host[:port]". Of keys with a path ("quay.io/team") the longest that is a
  // prefix of `repository` counts; the others are those of the whole registry.
  Result<std::optional<Credentials>> find(const std::string& registry, const std::string& repository) const;

  // Into what is configured for the registry: a helper, else the file 2 or 3 above (mode 0600).
  Result<void> store(const std::string& registry, const Credentials& credentials) const;
  // Gives whether there were any.
  Result<bool> erase(const std::string& registry) const;

 private:
  std::string writable_file() const;
  Result<std::optional<CredentialHelper>> writable_helper(const std::string& registry) const;
  std::vector<std::string> files() const;

  std::string docker_config_dir_;
  Environment environment_;
  CancelFlag cancel_;
};

}  // namespace mbuild::remote
