#include "registry/remote/retry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>

#include "registry/remote/rate_limit.h"

namespace mbuild::remote {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kLongestWait{24 * 3600};  // far beyond any RetryPolicy::total

std::optional<int> number(std::string_view text) {
  int value = 0;
  auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  auto month = std::ranges::find(kMonths, text.substr(8, 3));
  auto day = number(text.substr(5, 2)), year = number(text.substr(12, 4));
  auto hour = number(text.substr(17, 2)), minute = number(text.substr(20, 2)),
       second = number(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(*year),
                                   std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
                                   std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

TimeSource TimeSource::real(CancelFlag cancel) {
  return {
      .now = std::chrono::steady_clock::now,
      .sleep =
          [cancel](milliseconds time, const CancelFlag& one) {
            return sleep_until(Clock::now() + time, Cancellation(cancel, one));
          },
      .random =
          [] {
            thread_local std::minstd_rand engine{std::random_device{}()};
            return std::uniform_real_distribution<double>(0, 1)(engine);
          },
  };
}

Result<bool> Retry::pause(std::optional<milliseconds> wanted) {
  if (++failures_ >= policy_.attempts) return false;
  milliseconds delay = policy_.first_delay * (1 << std::min(failures_ - 1, 16u));
  delay = std::min(delay, policy_.max_delay);
  delay = std::chrono::duration_cast<milliseconds>(delay * (0.5 + time_.random() / 2));
  delay = std::max(delay, wanted.value_or(milliseconds(0)));
  if (time_.now() + delay - start_ > policy_.total) return false;
  MBUILD_CHECK(time_.sleep(delay, cancel_));
  return true;
}

bool is_transient(const Error& error) {
  return error.kind() == ErrorKind::unavailable;
}

bool is_transient(const Result<Response>& response) {
  if (!response) return is_transient(response.error());
  switch (response->status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

std::optional<milliseconds> retry_after(const Headers& headers, std::chrono::system_clock::time_point now) {
  auto value = headers.get("Retry-After");
  if (!value) return std::nullopt;
  std::chrono::seconds wait{};
  if (auto seconds = number(*value); seconds && *seconds >= 0)
    wait = std::chrono::seconds(*seconds);
  else if (auto date = parse_http_date(*value))
    wait =
        *date - std::chrono::floor<std::chrono::seconds>(now);  // in nanoseconds, the year 2262 is the last
  else
    return std::nullopt;
  return std::clamp(wait, std::chrono::seconds(0), kLongestWait);
}

}  // namespace mbuild::remote
