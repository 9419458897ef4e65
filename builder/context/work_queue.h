// WorkQueue: a growing list of tasks, done by a few threads.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "registry/base/result.h"

namespace mbuild::builder {

// Runs `work` once for every task, in no particular order, on the calling thread and on up to `threads - 1`
// more, which start only when there is something for them to do. Tasks may push further tasks.
template <class Task>
class WorkQueue {
 public:
  using Work = std::function<Result<void>(Task& task, WorkQueue& queue)>;

  // `threads` 0: as many as the machine has processors.
  WorkQueue(unsigned threads, Work work)
      : limit_(threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency())),
        work_(std::move(work)) {}
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // From any thread, before run() or from within `work`.
  void push(Task task) {
    const std::lock_guard lock(mutex_);
    pending_.push_back(std::move(task));
    if (running_ && outcome_ && pending_.size() > idle_ && helpers_.size() + 1 < limit_) start_helper();
    changed_.notify_one();
  }

  // Returns when every task is done, or when those that were under way as one failed are; then with the first
  // failure. Called once.
  Result<void> run() {
    {
      const std::lock_guard lock(mutex_);
      running_ = true;
      for (std::size_t i = 1; i < std::min(limit_, pending_.size()); ++i) start_helper();
    }
    serve();
    for (std::thread& helper : helpers_) helper.join();
    return std::move(outcome_);
  }

 private:
  // Where no thread is to be had, those there are do the work.
  void start_helper() {
    try {
      helpers_.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {
    }
  }

  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      while (pending_.empty() && busy_ != 0 && outcome_) {
        ++idle_;
        changed_.wait(lock);
        --idle_;
      }
      if (pending_.empty() || !outcome_) break;
      Task task = std::move(pending_.back());
      pending_.pop_back();
      ++busy_;
      lock.unlock();
      Result<void> result = work_(task, *this);
      lock.lock();
      --busy_;
      if (!result && outcome_) outcome_ = std::move(result);
    }
    changed_.notify_all();
  }

  const std::size_t limit_;
  const Work work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Task> pending_;  // taken from the back, so that a tree is walked depth first
  std::vector<std::thread> helpers_;
  std::size_t idle_ = 0;
  std::size_t busy_ = 0;
  bool running_ = false;
  Result<void> outcome_;
};

}  // namespace mbuild::builder
