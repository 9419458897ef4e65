#include "registry/remote/slots.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/result_matchers.h"

namespace mbuild::remote {
namespace {

using test::FailsWith;
using test::must;

TEST(Slots, GiveNoMoreThanThereAre) {
  Slots slots(2);
  std::atomic<int> now = 0, most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      Slots::Slot slot = must(slots.take({}));
      int count = ++now;
      for (int seen = most; count > seen && !most.compare_exchange_weak(seen, count);) {
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      --now;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most, 2);
}

TEST(Slots, StopWaitingWhenCancelled) {
  Slots slots(1);
  auto cancel = std::make_shared<std::atomic<bool>>(false);
  {
    Slots::Slot held = must(slots.take({}));
    std::thread user([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      *cancel = true;
    });
    EXPECT_THAT(slots.take(Cancellation(cancel)), FailsWith(ErrorKind::cancelled, ""));
    user.join();
  }
  EXPECT_THAT(slots.take(Cancellation(cancel)), test::Succeeds()) << "it was given back";
}

}  // namespace
}  // namespace mbuild::remote
