// Makes room in a store that has a limit of its own (builder/prune.h).
#pragma once

#include <string>

#include "registry/base/result.h"

namespace mbuild::builder {

// Does nothing when there is no limit. What others who use the store may be using stays.
Result<void> apply_quota(const std::string& store_root);

}  // namespace mbuild::builder
