// The id maps of a user namespace (user_namespaces(7)).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "builder/sandbox/subordinate_ids.h"

namespace mbuild::builder {

struct IdMapLine {
  std::uint32_t inside = 0;
  std::uint32_t outside = 0;
  std::uint32_t count = 0;
};

struct IdMaps {
  std::vector<IdMapLine> uids;
  std::vector<IdMapLine> gids;
  bool through_helpers = false;  // newuidmap and newgidmap must write them; else the kernel lets us
};

// 0 is `own`, 1 and up are the ranges, one after the other.
std::vector<IdMapLine> map_ranges(std::uint32_t own, const std::vector<IdRange>& ranges);

// Every id to itself, as far as `current` (the text of /proc/self/uid_map) knows ids. Lines that are none end
// it.
std::vector<IdMapLine> map_to_itself(const std::string& current);

// As /proc/<pid>/uid_map takes it.
std::string id_map_text(const std::vector<IdMapLine>& lines);

}  // namespace mbuild::builder
