// Subordinate ids: the ranges that a user may map into a user namespace (subuid(5)).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mbuild::builder {

struct IdRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

// The ranges of a user in the text of /etc/subuid or /etc/subgid, where a line begins with the user's name or
// uid. Lines that are no ranges are passed over.
std::vector<IdRange> subordinate_ranges(std::string_view text, std::string_view user, uid_t uid);

// Both kinds, of the user that runs this process. Empty when the machine grants none.
struct SubordinateIds {
  std::string user;  // its name, or its uid when it has none
  std::vector<IdRange> uids;
  std::vector<IdRange> gids;
};
SubordinateIds own_subordinate_ids();

}  // namespace mbuild::builder
