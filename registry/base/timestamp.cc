#include "registry/base/timestamp.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

namespace mbuild {

namespace {

// Takes fields off the front of a text; once something did not fit, `ok` stays false.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  int digits(std::size_t count, int low, int high) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest.empty() || rest[0] < '0' || rest[0] > '9') return fail();
      value = value * 10 + (rest[0] - '0');
      rest.remove_prefix(1);
    }
    return value < low || value > high ? fail() : value;
  }

  void expect(char c) {
    if (!accept(c)) fail();
  }

  bool accept(char c) {
    if (!rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
  }

  // Digits beyond the ninth are dropped.
  std::int32_t fraction() {
    if (!accept('.')) return 0;
    std::int32_t value = 0;
    std::int32_t unit = 100'000'000;
    std::size_t count = 0;
    for (; count < rest.size() && rest[count] >= '0' && rest[count] <= '9'; ++count) {
      value += unit * (rest[count] - '0');
      unit /= 10;
    }
    rest.remove_prefix(count);
    return count == 0 ? fail() : value;
  }

  std::int32_t zone() {
    if (accept('Z')) return 0;
    const bool east = accept('+');
    if (!east) expect('-');
    const int hours = digits(2, 0, 23);
    expect(':');
    const int minutes = digits(2, 0, 59);
    return (hours * 3600 + minutes * 60) * (east ? 1 : -1);
  }

  int fail() {
    ok = false;
    return 0;
  }
};

}  // namespace

Result<Timestamp> Timestamp::parse(std::string_view text) {
  Scanner scanner{text};
  const std::chrono::year year(scanner.digits(4, 0, 9999));
  scanner.expect('-');
  const std::chrono::month month(static_cast<unsigned>(scanner.digits(2, 1, 12)));
  scanner.expect('-');
  const std::chrono::day day(static_cast<unsigned>(scanner.digits(2, 1, 31)));
  scanner.expect('T');
  std::int64_t seconds = scanner.digits(2, 0, 23) * 3600;
  scanner.expect(':');
  seconds += scanner.digits(2, 0, 59) * 60;
  scanner.expect(':');
  seconds += scanner.digits(2, 0, 59);
  const std::int32_t nanoseconds = scanner.fraction();
  const std::int32_t offset = scanner.zone();

  const std::chrono::year_month_day date(year, month, day);
  if (!scanner.ok || !scanner.rest.empty() || !date.ok()) {
    return fail(ErrorKind::corrupt,
                fmt::format("\"{}\" is not a time as RFC 3339 writes it", text.substr(0, 64)));
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return Timestamp{days * 86400 + seconds - offset, nanoseconds, offset};
}

Timestamp Timestamp::now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch - seconds);
  return Timestamp{seconds.count(), static_cast<std::int32_t>(rest.count()), 0};
}

std::string Timestamp::str() const {
  using std::chrono::floor;
  const std::chrono::sys_seconds local{std::chrono::seconds(seconds + offset)};
  const auto midnight = floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss time(local - midnight);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 time.hours().count(), time.minutes().count(), time.seconds().count());
  if (nanoseconds != 0) {
    text += fmt::format(".{:09}", nanoseconds);
    text.erase(text.find_last_not_of('0') + 1);
  }
  if (offset == 0) return text + "Z";
  const int minutes = std::abs(offset) / 60;
  return text + fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

}  // namespace mbuild
