// Logging in to a registry and out of it.
#pragma once

#include <string>

#include "registry/remote/client.h"
#include "registry/remote/credentials.h"

namespace mbuild::remote {

// "docker.io", "index.docker.io", "https://host:port/v2/" and the like as the name that credentials are kept
// under: "docker.io" or "host[:port]".
Result<std::string> registry_name(std::string_view text);

// Shows the credentials to the registry and, when it takes them, stores them (CredentialStore::store).
// `unauthorized` when it does not.
Result<void> log_in(const ClientOptions& options, const std::string& registry,
                    const Credentials& credentials);

// Forgets what is stored; gives whether there was anything.
Result<bool> log_out(const ClientOptions& options, const std::string& registry);

}  // namespace mbuild::remote
