#include "builder/git_credentials.h"

#include "registry/remote/base64.h"

namespace mbuild::builder {

std::string basic_authorization(const std::string& user, const std::string& password) {
  return "Basic " + remote::base64_encode(user + ":" + password);
}

}  // namespace mbuild::builder
