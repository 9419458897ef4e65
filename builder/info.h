// What this machine lets a build do, for `mbuild info`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "builder/isolation.h"
#include "registry/base/result.h"

#pragma GCC visibility push(default)

namespace mbuild::builder {

struct BuilderInfo {
  std::string version;
  std::string store_root;
  std::string platform;
  std::string snapshotter;                // "erofs", "overlay", "copy": what a build takes unless told
  std::string why_no_better_snapshotter;  // empty when it is the best of those that the rung allows
  std::string kernel;
  unsigned processors = 0;
};

// `isolation` is what enter_isolation() gave.
Result<BuilderInfo> builder_info(const std::string& store_root, Isolation isolation);

std::string version();

}  // namespace mbuild::builder

#pragma GCC visibility pop
