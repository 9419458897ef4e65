#include "registry/base/timestamp.h"

#include "tests/support/result_matchers.h"

namespace mbuild {
namespace {

using test::FailsWith;
using test::must;

struct Row {
  std::string text;
  std::string printed;
  std::int64_t seconds;
};

class ValidTimestamp : public testing::TestWithParam<Row> {};

TEST_P(ValidTimestamp, IsReadAndPrintedAsByGo) {
  const auto time = Timestamp::parse(GetParam().text);
  ASSERT_TRUE(time) << time.error().message();
  EXPECT_EQ(time->seconds, GetParam().seconds);
  EXPECT_EQ(time->str(), GetParam().printed);
}

INSTANTIATE_TEST_SUITE_P(
    Rfc3339, ValidTimestamp,
    testing::Values(Row{"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", 0},
                    Row{"2023-01-10T12:34:56Z", "2023-01-10T12:34:56Z", 1673354096},
                    Row{"2023-01-10T12:34:56.000000000Z", "2023-01-10T12:34:56Z", 1673354096},
                    Row{"2023-01-10T12:34:56.120Z", "2023-01-10T12:34:56.12Z", 1673354096},
                    Row{"2023-01-10T12:34:56.1234567899Z", "2023-01-10T12:34:56.123456789Z", 1673354096},
                    Row{"2023-01-10T12:34:56+00:00", "2023-01-10T12:34:56Z", 1673354096},
                    Row{"2023-01-10T14:34:56+02:00", "2023-01-10T14:34:56+02:00", 1673354096},
                    Row{"2023-01-10T04:04:56-08:30", "2023-01-10T04:04:56-08:30", 1673354096},
                    Row{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z", 1709164800},
                    Row{"1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z", -1},
                    Row{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", -62135596800},
                    Row{"0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", -62167219200},
                    Row{"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", 253402300799}));

TEST(Timestamp, RefusesWhatGoRefuses) {
  for (const char* text : {"",
                           "2023",
                           "2023-01-10",
                           "2023-01-10T12:34:56",
                           "2023-01-10 12:34:56Z",
                           "2023-01-10t12:34:56Z",
                           "2023-01-10T12:34:56z",
                           "2023-1-10T12:34:56Z",
                           "2023-13-10T12:34:56Z",
                           "2023-00-10T12:34:56Z",
                           "2023-02-29T12:34:56Z",
                           "2023-01-32T12:34:56Z",
                           "2023-01-00T12:34:56Z",
                           "2023-01-10T24:00:00Z",
                           "2023-01-10T12:60:00Z",
                           "2023-01-10T12:34:60Z",
                           "2023-01-10T12:34:56.Z",
                           "2023-01-10T12:34:56,5Z",
                           "2023-01-10T12:34:56+24:00",
                           "2023-01-10T12:34:56+02:60",
                           "2023-01-10T12:34:56+0200",
                           "2023-01-10T12:34:56Z ",
                           " 2023-01-10T12:34:56Z",
                           "+023-01-10T12:34:56Z",
                           "12023-01-10T12:34:56Z",
                           "-001-01-10T12:34:56Z"}) {
    EXPECT_THAT(Timestamp::parse(text), FailsWith(ErrorKind::corrupt, "RFC 3339")) << text;
  }
}

TEST(Timestamp, IsOrderedByTimeNotByText) {
  EXPECT_EQ(must(Timestamp::parse("2023-01-10T14:34:56+02:00")),
            must(Timestamp::parse("2023-01-10T12:34:56Z")));
  EXPECT_LT(must(Timestamp::parse("2023-01-10T13:34:56+02:00")),
            must(Timestamp::parse("2023-01-10T12:34:56Z")));
  EXPECT_LT(must(Timestamp::parse("2023-01-10T12:34:56Z")),
            must(Timestamp::parse("2023-01-10T12:34:56.000000001Z")));
}

}  // namespace
}  // namespace mbuild
