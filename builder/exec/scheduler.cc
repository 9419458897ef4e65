#include "builder/exec/scheduler.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <queue>
#include <system_error>
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
    helpers_limit_ = std::max<std::size_t>(options_.parallelism, 1) - 1;
  }

  Result<void> run() {
    {
      const std::lock_guard lock(mutex_);
      call_helpers(ready_.size());
    }
    work();
    helpers_.clear();  // no more come when this thread has ended its work
    if (error_) return std::unexpected(std::move(*error_));
    return {};
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      while (ready_.empty() && !stopping()) {
        ++idle_;
        changed_.wait(lock, [this] { return stopping() || calls_ != 0; });
        if (!stopping()) --calls_;
      }
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

  // For all of so many nodes that are ready now but one, which this thread takes. Nobody is woken for
  // nothing: in a chain of steps one thread does them all.
  void call_helpers(std::size_t nodes) {
    for (; nodes > 1; --nodes) {
      if (idle_ != 0) {
        --idle_;
        ++calls_;
        changed_.notify_one();
      } else if (helpers_.size() < helpers_limit_) {
        add_helper();
      }
    }
  }

  void add_helper() {
    try {
      helpers_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      helpers_limit_ = helpers_.size();  // no more threads are to be had: those that are there do it all
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
    std::size_t made_ready = 0;
    for (std::size_t user : users_[node]) {
      if (--missing_[user] != 0) continue;
      ready_.push(user);
      ++made_ready;
    }
    if (--unfinished_ == 0)
      changed_.notify_all();
    else if (!error_)
      call_helpers(made_ready);
  }

  const std::function<Result<void>(std::size_t)>& execute_;
  const ScheduleOptions& options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::jthread> helpers_;
  std::size_t helpers_limit_ = 0;
  std::size_t idle_ = 0;   // threads that wait and have not been called
  std::size_t calls_ = 0;  // threads that were called and have not come
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
