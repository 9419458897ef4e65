#include "registry/base/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

namespace mbuild {
namespace {

TEST(WorkerPool, RunsAllThatIsQueuedBeforeItEnds) {
  std::atomic<int> count = 0;
  {
    WorkerPool pool(3);
    EXPECT_EQ(pool.size(), 3u);
    for (int i = 0; i < 1000; ++i) pool.submit([&] { ++count; });
  }
  EXPECT_EQ(count, 1000);
}

TEST(WorkerPool, NeverHasLessThanOneThread) {
  std::promise<void> done;  // outlives the pool, whose thread may still be in it
  WorkerPool pool(0);
  EXPECT_EQ(pool.size(), 1u);
  pool.submit([&] { done.set_value(); });
  done.get_future().wait();
}

TEST(WorkerPool, RunsTasksSideBySide) {
  std::promise<void> first;
  std::promise<void> second;
  WorkerPool pool(2);  // runs what is queued before it goes, and the promises after it
  pool.submit([&] {
    first.set_value();
    second.get_future().wait();  // for ever, were there but one thread
  });
  pool.submit([&] {
    first.get_future().wait();
    second.set_value();
  });
}

TEST(WorkerPool, OneThreadKeepsTheOrder) {
  std::vector<int> order;
  {
    WorkerPool pool(1);
    for (int i = 0; i < 100; ++i) pool.submit([&, i] { order.push_back(i); });
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(WorkerPool, TakesTasksThatCannotBeCopied) {
  std::atomic<int> sum = 0;
  {
    WorkerPool pool(2);
    for (int i = 1; i <= 10; ++i) {
      pool.submit([&, number = std::make_unique<int>(i)] { sum += *number; });
    }
  }
  EXPECT_EQ(sum, 55);
}

TEST(WorkerPool, TasksMaySubmitTasks) {
  std::atomic<int> count = 0;
  std::promise<void> done;
  {
    WorkerPool pool(1);
    pool.submit([&] {
      ++count;
      pool.submit([&] {
        ++count;
        done.set_value();
      });
    });
    done.get_future().wait();
  }
  EXPECT_EQ(count, 2);
}

}  // namespace
}  // namespace mbuild
