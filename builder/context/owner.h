// Owner: the user and group of a file, as numbers.
#pragma once

#include <cstdint>

namespace mbuild::builder {

struct Owner {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  friend bool operator==(const Owner&, const Owner&) = default;
};

}  // namespace mbuild::builder
