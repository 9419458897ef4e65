#include "builder/context/work_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>

namespace mbuild::builder {

namespace {

TEST(WorkQueue, DoesNothingWithoutTasks) {
  WorkQueue<int> queue(
      4, [](int&, WorkQueue<int>&) -> Result<void> { return fail(ErrorKind::internal, "called"); });
  EXPECT_TRUE(queue.run());
}

TEST(WorkQueue, DoesEveryTaskOnceAndThoseThatTasksAdd) {
  for (const unsigned threads : {0U, 1U, 2U, 8U}) {
    std::mutex mutex;
    std::multiset<int> done;
    // A binary tree of 1,023 nodes.
    WorkQueue<int> queue(threads, [&](int& task, WorkQueue<int>& more) -> Result<void> {
      if (task < 512) {
        more.push(2 * task);
        more.push(2 * task + 1);
      }
      const std::lock_guard lock(mutex);
      done.insert(task);
      return {};
    });
    queue.push(1);
    ASSERT_TRUE(queue.run());
    ASSERT_EQ(done.size(), 1023U);
    EXPECT_EQ(*done.begin(), 1);
    EXPECT_EQ(*done.rbegin(), 1023);
    for (int task = 1; task < 1024; ++task) EXPECT_EQ(done.count(task), 1U);
  }
}

TEST(WorkQueue, StopsAtTheFirstFailure) {
  std::atomic<int> done = 0;
  WorkQueue<int> queue(1, [&](int& task, WorkQueue<int>&) -> Result<void> {
    ++done;
    if (task == 50) return fail(ErrorKind::io, "task 50");
    return {};
  });
  for (int task = 0; task < 100; ++task) queue.push(task);
  const Result<void> result = queue.run();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(), "task 50");
  EXPECT_EQ(done, 50);
}

TEST(WorkQueue, FailureEndsThreadsThatWait) {
  for (int round = 0; round < 50; ++round) {
    WorkQueue<int> queue(4, [](int& task, WorkQueue<int>& more) -> Result<void> {
      if (task == 20) return fail(ErrorKind::io, "enough");
      more.push(task + 1);
      return {};
    });
    queue.push(0);
    EXPECT_FALSE(queue.run());
  }
}

}  // namespace

}  // namespace mbuild::builder
