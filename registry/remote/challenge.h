// Challenge: what a server wants to see before it answers (RFC 9110 11.6.1, RFC 6750 3).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "registry/remote/headers.h"

namespace mbuild::remote {

struct Challenge {
  std::string scheme;                             // lower case: "bearer", "basic"
  std::map<std::string, std::string> parameters;  // names in lower case; the first of a name wins

  std::string parameter(const std::string& name) const;  // "" when absent
};

// All challenges of all "WWW-Authenticate" fields, in order. What does not parse is passed over up to the
// next challenge that does: a server's mistake in one must not hide another.
std::vector<Challenge> parse_challenges(const Headers& headers);

}  // namespace mbuild::remote
