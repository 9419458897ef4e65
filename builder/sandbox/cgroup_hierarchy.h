// The cgroup file systems of this machine (cgroups(7)), and where in them the builder is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registry/base/result.h"

namespace mbuild::builder {

// One mounted hierarchy: the unified one (v2), or one of v1 with its controllers. Both kinds may be there.
struct CgroupHierarchy {
  bool unified = false;
  std::vector<std::string> controllers;  // of v1 only
  std::string root;                      // path of the mount
  std::string own;                       // path of the builder's own cgroup, as far as it is visible

  bool has(std::string_view controller) const;
};

// Of the calling process; empty where no cgroup file system is mounted.
Result<std::vector<CgroupHierarchy>> find_cgroup_hierarchies();

// The same from the contents of /proc/self/mountinfo and /proc/self/cgroup.
std::vector<CgroupHierarchy> parse_cgroup_hierarchies(std::string_view mountinfo,
                                                      std::string_view memberships);

}  // namespace mbuild::builder
