// Retry: how long to wait before a request is sent again, and when to give up.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "registry/base/result.h"
#include "registry/remote/cancel.h"
#include "registry/remote/transport.h"

namespace mbuild::remote {

// Where time comes from; tests give their own.
struct TimeSource {
  std::function<std::chrono::steady_clock::time_point()> now;
  // Fails only with `cancelled`, when the source's own flag or the given one (may be null) is set.
  std::function<Result<void>(std::chrono::milliseconds, const CancelFlag&)> sleep;
  std::function<double()> random;  // uniform in [0, 1)

  static TimeSource real(CancelFlag cancel);
};

struct RetryPolicy {
  unsigned attempts = 6;                       // requests in all
  std::chrono::milliseconds first_delay{250};  // doubled each time, and then spread over [1/2, 1] of itself
  std::chrono::milliseconds max_delay{10'000};
  std::chrono::milliseconds total{120'000};  // from the first attempt to the begin of the last
};

// Of one operation. `time` is borrowed; `cancel` (may be null) ends its sleep.
class Retry {
 public:
  Retry(const RetryPolicy& policy, const TimeSource& time, CancelFlag cancel = nullptr)
      : policy_(policy), time_(time), cancel_(std::move(cancel)), start_(time.now()) {}

  // Sleeps before the next attempt: at least `wanted`, when the server asked for it. False when attempts or
  // time are used up, without sleeping.
  Result<bool> pause(std::optional<std::chrono::milliseconds> wanted = std::nullopt);

  // Progress was made: the attempts (but not the total) begin anew.
  void progressed() { failures_ = 0; }

 private:
  RetryPolicy policy_;
  const TimeSource& time_;
  CancelFlag cancel_;
  std::chrono::steady_clock::time_point start_;
  unsigned failures_ = 0;
};

// Whether the same request may succeed later: failures of the network, 408, 429 and the passing 5xx.
bool is_transient(const Result<Response>& response);
bool is_transient(const Error& error);

// IMF-fixdate, RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT". The obsolete forms are not worth the code.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

// "Retry-After" (RFC 9110 10.2.3): seconds, or a date that is compared with `now`; at most a day.
std::optional<std::chrono::milliseconds> retry_after(const Headers& headers,
                                                     std::chrono::system_clock::time_point now);

}  // namespace mbuild::remote
