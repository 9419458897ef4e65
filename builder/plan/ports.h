// EXPOSE: port specifications (docker/go-connections: nat).
#pragma once

#include <string>
#include <vector>

#include "registry/base/result.h"

namespace mbuild::builder {

// "80", "80/udp", "8000-8010", "127.0.0.1:80:80" (address and host port are dropped) -> "80/tcp", ... one a
// port of a range. Errors in nat's words.
Result<std::vector<std::string>> parse_port(const std::string& specification);

}  // namespace mbuild::builder
