// Doing several things at once, within a bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "registry/base/result.h"

namespace mbuild {

// Calls `work(0)` to `work(count - 1)` on at most `threads` threads (at least one) and waits for all. After a
// failure no new call starts; the failure with the smallest index is given.
Result<void> for_each_parallel(std::size_t count, unsigned threads,
                               const std::function<Result<void>(std::size_t)>& work);

// For work that can use several threads itself: calls `work(i, threads to use)` for everything in `sizes`
// (bytes). Large things come one after the other with all threads, small ones side by side with one each; so
// neither one large thing among many small ones nor many large ones leave a thread idle or start more than
// `threads`.
Result<void> for_each_sized(const std::vector<std::uint64_t>& sizes, unsigned threads,
                            const std::function<Result<void>(std::size_t, unsigned)>& work);

}  // namespace mbuild
