// FakeTime: a TimeSource whose sleeps take no time and are remembered.
#pragma once

#include <numeric>
#include <vector>

#include "registry/remote/retry.h"

namespace mbuild::test {

struct FakeTime {
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
  std::vector<std::chrono::milliseconds> sleeps;
  double random = 1;

  remote::TimeSource source() {
    return {.now = [this] { return now; },
            .sleep = [this](std::chrono::milliseconds time, const remote::CancelFlag&) -> Result<void> {
              sleeps.push_back(time);
              now += time;
              return {};
            },
            .random = [this] { return random; }};
  }
  std::chrono::milliseconds slept() const {
    return std::accumulate(sleeps.begin(), sleeps.end(), std::chrono::milliseconds(0));
  }
};

}  // namespace mbuild::test
