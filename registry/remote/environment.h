// Environment: how the environment variables are looked up, so that tests can give their own.
#pragma once

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>

namespace mbuild::remote {

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

inline std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

}  // namespace mbuild::remote
