// Scheduler: runs the nodes of a graph, each as soon as what it needs is done.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "registry/base/result.h"

namespace mbuild::builder {

struct ScheduleOptions {
  unsigned parallelism = 4;  // nodes at once, at least 1
  // Polled before each node; true ends the run with `cancelled`.
  std::function<bool()> cancelled;
  // Called once, when the first node has failed, so that nodes under way can be told to stop.
  std::function<void()> on_failure;
};

// inputs[i] lists the nodes that i needs, all smaller than i. `execute(i)` is called at most once a node,
// from up to `parallelism` threads. After the first failure nothing new starts; the call returns when all
// that runs has ended, with the first error that is not a mere `cancelled`.
Result<void> run_graph(const std::vector<std::vector<std::size_t>>& inputs,
                       const std::function<Result<void>(std::size_t)>& execute,
                       const ScheduleOptions& options);

}  // namespace mbuild::builder
