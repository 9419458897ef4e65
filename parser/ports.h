// EXPOSE: port specifications (docker/go-connections: nat).
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace mbuild::parser {

// "80", "80/udp", "8000-8010", "127.0.0.1:80:80" (address and host port are dropped) -> "80/tcp", ... one a
// port of a range. Errors in nat's words.
std::expected<std::vector<std::string>, std::string> parse_port(std::string_view specification);

}  // namespace mbuild::parser
