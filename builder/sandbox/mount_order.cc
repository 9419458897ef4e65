#include "builder/sandbox/mount_order.h"

#include <algorithm>
#include <string_view>

namespace mbuild::builder {

namespace {

// Of "/a//b/" 2: the number of names in a path.
std::size_t depth(std::string_view path) {
  std::size_t names = 0;
  bool in_name = false;
  for (const char character : path) {
    if (character != '/' && !in_name) ++names;
    in_name = character != '/';
  }
  return names;
}

}  // namespace

std::vector<const SandboxMount*> outermost_first(const std::vector<SandboxMount>& mounts) {
  std::vector<const SandboxMount*> sorted;
  for (const SandboxMount& mount : mounts) sorted.push_back(&mount);
  std::ranges::stable_sort(sorted, {}, [](const SandboxMount* mount) { return depth(mount->target); });
  return sorted;
}

}  // namespace mbuild::builder
