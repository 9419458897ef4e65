// What this machine lets a build do, for `mbuild info`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "registry/base/result.h"

namespace mbuild::builder {

struct BuilderInfo {
  std::string version;
  std::string store_root;
  std::string platform;
  int rung = 0;                // DESIGN: 1 root ... 4 no namespaces
  std::string rung_name;       // "root", "subordinate ids", ...
  std::string why_not_better;  // empty on the first rung
  std::string advice;          // a command that would enable the next better rung
  std::string snapshotter;     // "overlay", "plain copy"
  std::string kernel;
  unsigned processors = 0;
};

Result<BuilderInfo> builder_info(const std::string& store_root);

std::string version();

}  // namespace mbuild::builder
