// WorkerPool: a fixed number of threads that run what they are given, for work that is CPU-bound.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mbuild {

// submit() may be called from any thread, a task's own included. Tasks start in the order of submission and
// must not throw.
class WorkerPool {
 public:
  using Task = std::move_only_function<void()>;

  explicit WorkerPool(unsigned threads);  // 0 is taken for 1
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool();  // runs what is still queued, then ends

  void submit(Task task);
  unsigned size() const { return static_cast<unsigned>(threads_.size()); }

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;
  bool ending_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace mbuild
