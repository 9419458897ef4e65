#include "registry/remote/rate_limit.h"

#include <algorithm>
#include <thread>

namespace mbuild::remote {

Result<void> RateLimit::take(std::uint64_t bytes) {
  if (bytes_per_second_ == 0) return {};
  Clock::time_point start;
  {
    std::lock_guard lock(mutex_);
    start = paid_until_ = std::max(paid_until_, Clock::now());
    std::chrono::duration<double> cost(static_cast<double>(bytes) / static_cast<double>(bytes_per_second_));
    paid_until_ += std::chrono::duration_cast<Clock::duration>(cost);
  }
  return sleep_until(start, cancel_);
}

Result<void> sleep_until(Clock::time_point time, const Cancellation& cancel) {
  for (;;) {
    if (cancel.requested()) return fail(ErrorKind::cancelled, "cancelled");
    auto now = Clock::now();
    if (now >= time) return {};
    std::this_thread::sleep_until(std::min(time, now + std::chrono::milliseconds(50)));
  }
}

}  // namespace mbuild::remote
