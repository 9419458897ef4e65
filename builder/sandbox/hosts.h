// The /etc/hosts of a step.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mbuild::builder {

struct ExtraHost {
  std::string name;
  std::string address;
};

// Lines for localhost and `hostname`, then one for each of `extra` (BuildKit's executor/oci/hosts.go).
std::string hosts_file(std::string_view hostname, std::span<const ExtraHost> extra);

}  // namespace mbuild::builder
