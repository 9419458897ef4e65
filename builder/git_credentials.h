// Credentials for git servers, as a build takes them.
#pragma once

#include <string>

#pragma GCC visibility push(default)

namespace mbuild::builder {

// What the secret GIT_AUTH_HEADER[.host] holds for a user and a password (RFC 7617): a header's value.
std::string basic_authorization(const std::string& user, const std::string& password);

}  // namespace mbuild::builder

#pragma GCC visibility pop
