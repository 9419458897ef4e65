// What limits are as files of cgroups.
#pragma once

#include <string>
#include <vector>

#include "builder/resource_limits.h"

namespace mbuild::builder {

struct CgroupSetting {
  const char* option;      // that it comes from, for messages
  const char* controller;  // of v1 and v2 alike
  const char* unified_file;
  std::string unified_value;
  const char* legacy_file;
  std::string legacy_value;
  bool optional = false;  // where the kernel has no such file, there is nothing to limit
};

// In the order in which they must be written. Those of a controller whose settings v2 holds in one file come
// once for v1's files and once, with an empty legacy_file, for v2's; and the other way round.
// The mapping of shares to weights is runc's (libcontainer/cgroups/utils.go,
// ConvertCPUSharesToCgroupV2Value).
std::vector<CgroupSetting> cgroup_settings(const ResourceLimits& limits);

}  // namespace mbuild::builder
