// mkdir -p with owners.
#pragma once

#include <cstdint>
#include <string_view>

#include "builder/context/owner.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Makes the directories of `path` (below `root`, resolved: no links, no "..") that are missing, with exactly
// this mode and owner; others are left alone. Something else in the way is `invalid_input` in BuildKit's
// words.
Result<void> make_path(int root, std::string_view path, std::uint32_t mode, Owner owner);

}  // namespace mbuild::builder
