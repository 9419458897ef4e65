// Doing several things at once, within a bound.
#pragma once

#include <cstddef>
#include <functional>

#include "registry/base/result.h"

namespace mbuild::builder {

// Calls `work(0)` to `work(count - 1)` on at most `threads` threads (at least one) and waits for all. After a
// failure no new call starts; the failure with the smallest index is given.
Result<void> for_each_parallel(std::size_t count, unsigned threads,
                               const std::function<Result<void>(std::size_t)>& work);

}  // namespace mbuild::builder
