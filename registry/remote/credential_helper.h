// Credential helpers: programs named docker-credential-<name> that keep secrets in a keychain or get them
// from a cloud (github.com/docker/docker-credential-helpers, "Development").
#pragma once

#include <string>

#include "registry/base/result.h"
#include "registry/remote/credentials.h"

namespace mbuild::remote {

// Runs the helper found in $PATH with a time limit of a minute; its standard error is dropped. Errors carry
// the first line of what it printed, never what it was given.
class CredentialHelper {
 public:
  // `name` is refused (`invalid_input`) when it is no plain file name.
  CredentialHelper(std::string name, CancelFlag cancel)
      : name_(std::move(name)), cancel_(std::move(cancel)) {}

  // A user name "<token>" means that the secret is an identity token.
  Result<std::optional<Credentials>> get(const std::string& server) const;
  Result<void> store(const std::string& server, const Credentials& credentials) const;
  Result<void> erase(const std::string& server) const;

 private:
  Result<std::optional<std::string>> run(const std::string& verb, const std::string& input) const;

  std::string name_;
  CancelFlag cancel_;
};

}  // namespace mbuild::remote
