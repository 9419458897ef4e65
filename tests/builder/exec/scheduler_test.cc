#include "builder/exec/scheduler.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

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

TEST(Scheduler, AChainIsOneThreadsWork) {
  Inputs inputs{{}};
  for (std::size_t node = 1; node < 100; ++node) inputs.push_back({node - 1});
  std::set<std::thread::id> threads;
  ASSERT_TRUE(run_graph(inputs,
                        [&](std::size_t) -> Result<void> {
                          threads.insert(std::this_thread::get_id());
                          return {};
                        },
                        {.parallelism = 8, .cancelled = {}, .on_failure = {}}));
  EXPECT_EQ(threads.size(), 1u);
}

// Fans out and in again and again: each time threads that wait are called, and none is missed.
TEST(Scheduler, WhatBecomesReadyTogetherRunsTogether) {
  constexpr std::size_t width = 4;
  constexpr std::size_t rounds = 50;
  Inputs inputs{{}};
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::size_t from = inputs.size() - 1;
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < width; ++i) {
      all.push_back(inputs.size());
      inputs.push_back({from});
    }
    inputs.push_back(all);
  }
  std::vector<std::unique_ptr<std::latch>> together;
  for (std::size_t round = 0; round < rounds; ++round)
    together.push_back(std::make_unique<std::latch>(static_cast<std::ptrdiff_t>(width)));
  ASSERT_TRUE(run_graph(inputs,
                        [&](std::size_t node) -> Result<void> {
                          if (node % (width + 1) != 0) together[node / (width + 1)]->arrive_and_wait();
                          return {};
                        },
                        {.parallelism = width, .cancelled = {}, .on_failure = {}}));
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
