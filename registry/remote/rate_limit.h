// RateLimit: a bound on the bytes that all connections move together.
#pragma once

#include <cstdint>
#include <mutex>

#include "registry/base/result.h"
#include "registry/remote/cancel.h"
#include "registry/remote/socket.h"

namespace mbuild::remote {

// Thread-safe.
class RateLimit {
 public:
  // 0 bytes per second: no limit.
  RateLimit(std::uint64_t bytes_per_second, Cancellation cancel)
      : bytes_per_second_(bytes_per_second), cancel_(std::move(cancel)) {}

  // Accounts for `bytes` and sleeps until what was taken before is paid for. Fails only with `cancelled`.
  Result<void> take(std::uint64_t bytes);

 private:
  const std::uint64_t bytes_per_second_;
  const Cancellation cancel_;
  std::mutex mutex_;
  Clock::time_point paid_until_{};
};

// Sleeps until `time`; `cancelled` within 50 ms of the flag being set.
Result<void> sleep_until(Clock::time_point time, const Cancellation& cancel);

}  // namespace mbuild::remote
