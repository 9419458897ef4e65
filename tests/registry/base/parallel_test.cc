#include "registry/base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "tests/support/result_matchers.h"

namespace mbuild {
namespace {

using test::FailsWith;
using test::Succeeds;

TEST(ForEachParallel, DoesEverythingOnce) {
  for (const unsigned threads : {0u, 1u, 3u, 100u}) {
    std::vector<std::atomic<int>> done(50);
    ASSERT_THAT(for_each_parallel(done.size(), threads,
                                  [&](std::size_t i) -> Result<void> {
                                    ++done[i];
                                    return {};
                                  }),
                Succeeds());
    for (const auto& count : done) EXPECT_EQ(count, 1);
  }
  EXPECT_THAT(
      for_each_parallel(0, 4, [](std::size_t) -> Result<void> { return fail(ErrorKind::io, "never"); }),
      Succeeds());
}

TEST(ForEachParallel, NeverExceedsTheBound) {
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  const auto work = [&](std::size_t) -> Result<void> {
    const int now = ++running;
    int seen = most.load();
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    --running;
    return {};
  };
  EXPECT_THAT(for_each_parallel(40, 3, work), Succeeds());
  EXPECT_LE(most, 3);
}

TEST(ForEachParallel, StopsAtTheFirstFailure) {
  std::atomic<int> done = 0;
  const auto work = [&](std::size_t i) -> Result<void> {
    ++done;
    if (i == 3) return fail(ErrorKind::io, "number 3");
    return {};
  };
  EXPECT_THAT(for_each_parallel(1000, 1, work), FailsWith(ErrorKind::io, "number 3"));
  EXPECT_EQ(done, 4);
}

TEST(ForEachSized, GivesLargeThingsAllThreadsAndSmallOnesOne) {
  const std::uint64_t large = 1 << 30;
  const std::vector<std::uint64_t> sizes = {10, large, 0, large, 10};
  std::atomic<int> running = 0;
  std::vector<std::atomic<unsigned>> given(sizes.size());
  const auto work = [&](std::size_t i, unsigned threads) -> Result<void> {
    const int beside = running.fetch_add(static_cast<int>(threads));
    if (beside + static_cast<int>(threads) > 4) return fail(ErrorKind::internal, "too many threads");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    running -= static_cast<int>(threads);
    given[i] += threads;
    return {};
  };
  EXPECT_THAT(for_each_sized(sizes, 4, work), Succeeds());
  for (std::size_t i = 0; i < sizes.size(); ++i) EXPECT_EQ(given[i], sizes[i] == large ? 4u : 1u) << i;
  EXPECT_THAT(for_each_sized({}, 4, work), Succeeds());
  EXPECT_THAT(for_each_sized({large, 1}, 4,
                             [](std::size_t, unsigned) -> Result<void> { return fail(ErrorKind::io, "no"); }),
              FailsWith(ErrorKind::io, "no"));
}

}  // namespace
}  // namespace mbuild
