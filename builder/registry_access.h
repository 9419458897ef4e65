// RegistryAccess: how registries are reached, as the caller of a build or of a command says it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#pragma GCC visibility push(default)

namespace mbuild::builder {

struct RegistryAccess {
  // "host[:port]": plain HTTP and unverified TLS are good enough. Loopback always is.
  std::vector<std::string> insecure;
  std::string registries_file;   // registries.json; empty: the default places (registry/remote/registries.h)
  std::string certificates_dir;  // a certs.d folder beside the default ones (registry/remote/certificates.h)
  bool offline = false;          // registries are not asked at all: what needs one fails, `unsupported`
  unsigned parallel = 4;         // uploads, and downloads, at once
  std::uint64_t bytes_per_second = 0;  // of all transfers together; 0: no limit
};

}  // namespace mbuild::builder

#pragma GCC visibility pop
