// Times as image metadata writes them: RFC 3339, in the form that Go's time.Time takes and gives in JSON.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "registry/base/result.h"

namespace mbuild {

// A point in time: nanoseconds since the Unix epoch would not reach year 1, so two fields. Ordered by time,
// whatever the offset from UTC that it is written with.
struct Timestamp {
  std::int64_t seconds = 0;      // since 1970-01-01T00:00:00Z
  std::int32_t nanoseconds = 0;  // 0 to 999,999,999
  std::int32_t offset = 0;       // of the zone it is written in, in seconds; a multiple of 60

  // Exactly what Go accepts: "2006-01-02T15:04:05[.fraction](Z|+hh:mm|-hh:mm)" with valid fields, years 0 to
  // 9999.
  static Result<Timestamp> parse(std::string_view text);

  static Timestamp now();  // in UTC

  std::string str() const;  // the fraction without its trailing zeros, "Z" for no offset

  friend std::strong_ordering operator<=>(const Timestamp& a, const Timestamp& b) {
    if (const auto order = a.seconds <=> b.seconds; order != 0) return order;
    return a.nanoseconds <=> b.nanoseconds;
  }
  friend bool operator==(const Timestamp& a, const Timestamp& b) { return (a <=> b) == 0; }
};

}  // namespace mbuild
