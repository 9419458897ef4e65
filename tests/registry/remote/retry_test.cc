#include "registry/remote/retry.h"

#include <gtest/gtest.h>

#include "tests/support/fake_time.h"
#include "tests/support/fake_transport.h"
#include "tests/support/result_matchers.h"

namespace mbuild::remote {
namespace {

using namespace std::chrono_literals;
using test::must;

std::chrono::system_clock::time_point at(std::int64_t seconds) {
  return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
}

TEST(Retry, DoublesTheDelayUpToALimit) {
  test::FakeTime time;
  TimeSource source = time.source();
  Retry retry({.attempts = 6, .first_delay = 100ms, .max_delay = 500ms, .total = 1h}, source);
  while (must(retry.pause())) {
  }
  EXPECT_EQ(time.sleeps, (std::vector<std::chrono::milliseconds>{100ms, 200ms, 400ms, 500ms, 500ms}));
}

TEST(Retry, SpreadsTheDelay) {
  test::FakeTime time;
  time.random = 0;
  TimeSource source = time.source();
  Retry retry({.attempts = 2, .first_delay = 100ms}, source);
  EXPECT_TRUE(must(retry.pause()));
  EXPECT_EQ(time.sleeps.at(0), 50ms);
}

TEST(Retry, HonoursWhatTheServerWantsWithinTheTotal) {
  test::FakeTime time;
  TimeSource source = time.source();
  Retry retry({.attempts = 9, .first_delay = 100ms, .total = 60s}, source);
  EXPECT_TRUE(must(retry.pause(40s)));
  EXPECT_EQ(time.sleeps.at(0), 40s);
  EXPECT_FALSE(must(retry.pause(40s))) << "would end beyond the total";
  EXPECT_EQ(time.slept(), 40s);
}

TEST(Retry, BeginsAnewAfterProgress) {
  test::FakeTime time;
  TimeSource source = time.source();
  Retry retry({.attempts = 2, .first_delay = 100ms, .total = 1s}, source);
  int pauses = 0;
  for (; must(retry.pause()); ++pauses) retry.progressed();
  EXPECT_EQ(pauses, 10) << "the total still holds";
}

TEST(Retry, KnowsWhatMayPass) {
  for (int status : {408, 429, 500, 502, 503, 504}) EXPECT_TRUE(is_transient(test::answer(status))) << status;
  for (int status : {200, 301, 400, 401, 403, 404, 405, 416, 501})
    EXPECT_FALSE(is_transient(test::answer(status))) << status;
  EXPECT_TRUE(is_transient(Error(ErrorKind::unavailable, "")));
  EXPECT_FALSE(is_transient(Error(ErrorKind::cancelled, "")));
  EXPECT_FALSE(is_transient(Error(ErrorKind::corrupt, "")));
}

TEST(RetryAfter, TakesSecondsAndDates) {
  EXPECT_EQ(retry_after({{"Retry-After", "120"}}, at(0)), 120s);
  EXPECT_EQ(retry_after({{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}}, at(784111777 - 5)), 5s);
  EXPECT_EQ(retry_after({{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}}, at(784111777 + 5)), 0s);
  for (const char* far : {"2147483647", "Sun, 12 Nov 3988 08:49:37 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"})
    EXPECT_EQ(retry_after({{"Retry-After", far}}, at(0)), 24h) << far;
}

TEST(RetryAfter, IgnoresWhatItCannotRead) {
  EXPECT_EQ(retry_after({}, at(0)), std::nullopt);
  for (const char* value : {"", "-1", "soon", "1.5", "99999999999999", "Sun, 06 Xxx 1994 08:49:37 GMT",
                            "Sun, 36 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"})
    EXPECT_EQ(retry_after({{"Retry-After", value}}, at(0)), std::nullopt) << value;
}

}  // namespace
}  // namespace mbuild::remote
