#include "registry/base/keyed_locks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace mbuild {
namespace {

TEST(KeyedLocks, OneHolderAKey) {
  KeyedLocks locks;
  std::atomic<int> inside = 0;
  int unguarded = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int turn = 0; turn < 100; ++turn) {
          const KeyedLocks::Hold hold = locks.lock("key");
          EXPECT_EQ(++inside, 1);
          ++unguarded;
          --inside;
        }
      });
  }
  EXPECT_EQ(unguarded, 400);
}

TEST(KeyedLocks, OtherKeysAreFree) {
  KeyedLocks locks;
  const KeyedLocks::Hold one = locks.lock("one");
  const KeyedLocks::Hold two = locks.lock("two");
}

TEST(KeyedLocks, AHoldThatMovedLetsGoOnce) {
  KeyedLocks locks;
  {
    KeyedLocks::Hold first = locks.lock("key");
    const KeyedLocks::Hold second = std::move(first);
  }
  const KeyedLocks::Hold again = locks.lock("key");
}

}  // namespace
}  // namespace mbuild
