#include "builder/exec/scheduler.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <queue>
#include <thread>

namespace mbuild::builder {

namespace {

class GraphRun {
 public:
  GraphRun(const std::vector<std::vector<std::size_t>>& inputs,
           const std::function<Result<void>(std::size_t)>& execute, const ScheduleOptions& options)
      : execute_(execute), options_(options), missing_(inputs.size()), users_(inputs.size()) {
    for (std::size_t node = 0; node < inputs.size(); ++node) {
      missing_[node] = inputs[node].size();
      for (std::size_t input : inputs[node]) users_[input].push_back(node);
      if (missing_[node] == 0) ready_.push(node);
    }
    unfinished_ = inputs.size();
  }

  Result<void> run() {
    std::size_t count =
        std::clamp<std::size_t>(options_.parallelism, 1, std::max<std::size_t>(unfinished_, 1));
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back([this] { work(); });
    work();
    threads.clear();
    if (error_) return std::unexpected(std::move(*error_));
    return {};
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping() || !ready_.empty(); });
      if (stopping()) return;
      std::size_t node = ready_.top();
      ready_.pop();
      lock.unlock();
      Result<void> result = options_.cancelled && options_.cancelled()
                                ? Result<void>(fail(ErrorKind::cancelled, "build cancelled"))
                                : execute_(node);
      lock.lock();
      settle(node, std::move(result), lock);
    }
  }

  bool stopping() const { return error_ || unfinished_ == 0; }

  void settle(std::size_t node, Result<void> result, std::unique_lock<std::mutex>& lock) {
    if (!result) {
      bool first = !error_;
      if (first || (error_->kind() == ErrorKind::cancelled && result.error().kind() != ErrorKind::cancelled))
        error_ = std::move(result).error();
      changed_.notify_all();
      if (first && options_.on_failure) {
        lock.unlock();
        options_.on_failure();
        lock.lock();
      }
      return;
    }
    --unfinished_;
    for (std::size_t user : users_[node])
      if (--missing_[user] == 0) ready_.push(user);
    changed_.notify_all();
  }

  const std::function<Result<void>(std::size_t)>& execute_;
  const ScheduleOptions& options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::size_t> missing_;
  std::vector<std::vector<std::size_t>> users_;
  // Lowest first: with one thread the steps run in the order of the file.
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready_;
  std::size_t unfinished_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<void> run_graph(const std::vector<std::vector<std::size_t>>& inputs,
                       const std::function<Result<void>(std::size_t)>& execute,
                       const ScheduleOptions& options) {
  return GraphRun(inputs, execute, options).run();
}

}  // namespace mbuild::builder
