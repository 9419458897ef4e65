#include "builder/exec/scheduler.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <mutex>
#include <thread>

namespace mbuild::builder {
namespace {

using Inputs = std::vector<std::vector<std::size_t>>;

TEST(Scheduler, RunsEveryNodeAfterItsInputs) {
  Inputs inputs{{}, {0}, {0}, {1, 2}, {3}};
  std::mutex mutex;
  std::vector<std::size_t> order;
  auto result = run_graph(inputs,
                          [&](std::size_t node) -> Result<void> {
                            std::lock_guard lock(mutex);
                            for (std::size_t input : inputs[node])
                              EXPECT_NE(std::find(order.begin(), order.end(), input), order.end());
                            order.push_back(node);
                            return {};
                          },
                          {.parallelism = 3, .cancelled = {}, .on_failure = {}});
  EXPECT_TRUE(result);
  EXPECT_EQ(order.size(), inputs.size());
}

TEST(Scheduler, OneThreadKeepsTheOrderOfTheFile) {
  Inputs inputs{{}, {}, {0}, {}, {2}};
  std::vector<std::size_t> order;
  ASSERT_TRUE(run_graph(inputs,
                        [&](std::size_t node) -> Result<void> {
                          order.push_back(node);
                          return {};
                        },
                        {.parallelism = 1, .cancelled = {}, .on_failure = {}}));
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
}

TEST(Scheduler, IndependentNodesRunAtTheSameTime) {
  std::latch both(2);  // opens only when two nodes are inside at once
  ASSERT_TRUE(run_graph(Inputs{{}, {}},
                        [&](std::size_t) -> Result<void> {
                          both.arrive_and_wait();
                          return {};
                        },
                        {.parallelism = 2, .cancelled = {}, .on_failure = {}}));
}

TEST(Scheduler, AFailureStopsWhatDependsOnItAndTellsTheRest) {
  std::atomic<bool> told = false;
  std::atomic<int> after = 0;
  std::latch running(1);
  auto result = run_graph(Inputs{{}, {}, {0}, {1}},
                          [&](std::size_t node) -> Result<void> {
                            if (node == 0) {
                              running.wait();
                              return fail(ErrorKind::step_failed, "node 0");
                            }
                            if (node == 1) {
                              running.count_down();
                              while (!told) std::this_thread::yield();
                              return fail(ErrorKind::cancelled, "stopped");
                            }
                            ++after;
                            return {};
                          },
                          {.parallelism = 2, .cancelled = {}, .on_failure = [&] { told = true; }});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(), "node 0");
  EXPECT_EQ(after, 0);
}

TEST(Scheduler, ARealErrorBeatsACancellation) {
  auto result = run_graph(Inputs{{}, {}},
                          [&](std::size_t node) -> Result<void> {
                            static std::latch order(1);
                            if (node == 0) {
                              order.count_down();
                              return fail(ErrorKind::cancelled, "cancelled");
                            }
                            order.wait();
                            return fail(ErrorKind::io, "disk");
                          },
                          {.parallelism = 2, .cancelled = {}, .on_failure = {}});
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().kind() == ErrorKind::io || result.error().kind() == ErrorKind::cancelled);
}

TEST(Scheduler, CancellationStartsNothing) {
  int started = 0;
  auto result = run_graph(Inputs{{}},
                          [&](std::size_t) -> Result<void> {
                            ++started;
                            return {};
                          },
                          {.parallelism = 1, .cancelled = [] { return true; }, .on_failure = {}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind(), ErrorKind::cancelled);
  EXPECT_EQ(started, 0);
}

TEST(Scheduler, AnEmptyGraphIsDone) {
  EXPECT_TRUE(run_graph({}, [](std::size_t) -> Result<void> { return {}; },
                        {.parallelism = 4, .cancelled = {}, .on_failure = {}}));
}

}  // namespace
}  // namespace mbuild::builder
