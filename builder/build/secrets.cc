#include "builder/build/secrets.h"

#include <cstdlib>

#include "builder/build/trusted_file.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t kLargestSecret = 500 << 10;  // BuildKit's limit

}  // namespace

FindSecret secret_reader(const BuildRequest& request) {
  return [&request](const std::string& id) -> Result<std::optional<std::string>> {
    for (const SecretSource& secret : request.secrets) {
      if (secret.id != id) continue;
      if (!secret.environment.empty()) {
        const char* value = std::getenv(secret.environment.c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
      }
      return MBUILD_TRY_AS("secret " + id, read_trusted_file(secret.file, kLargestSecret));
    }
    return std::nullopt;
  };
}

}  // namespace mbuild::builder
