#include "builder/plan/go_format.h"

#include <gtest/gtest.h>

namespace mbuild::builder::go_format {
namespace {

TEST(GoFormat, QuotesAsStrconvDoes) {
  EXPECT_EQ(quote("plain"), R"("plain")");
  EXPECT_EQ(quote("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(quote("tab\tline\nbell\a"), R"("tab\tline\nbell\a")");
  EXPECT_EQ(quote(std::string("\x01\x7f", 2)), R"("\x01\x7f")");
  EXPECT_EQ(quote("é😀"), "\"é😀\"");
  EXPECT_EQ(quote("\xff\xc3("), R"("\xff\xc3(")");
  EXPECT_EQ(quote("\u00a0\u2028"), R"("\u00a0\u2028")");
}

TEST(GoFormat, Lists) {
  EXPECT_EQ(quote_list({"/bin/sh", "-c", "echo \"x\""}), R"(["/bin/sh" "-c" "echo \"x\""])");
  EXPECT_EQ(quote_list({}), "[]");
  EXPECT_EQ(list({"/a", "/b c"}), "[/a /b c]");
}

TEST(GoFormat, Durations) {
  constexpr std::int64_t ms = 1'000'000, s = 1000 * ms;
  EXPECT_EQ(duration(0), "0s");
  EXPECT_EQ(duration(7), "7ns");
  EXPECT_EQ(duration(1500), "1.5µs");
  EXPECT_EQ(duration(500 * ms), "500ms");
  EXPECT_EQ(duration(30 * s), "30s");
  EXPECT_EQ(duration(1500 * ms), "1.5s");
  EXPECT_EQ(duration(90 * s), "1m30s");
  EXPECT_EQ(duration(7200 * s), "2h0m0s");
  EXPECT_EQ(duration(3661 * s + 5 * ms), "1h1m1.005s");
  EXPECT_EQ(duration(-s), "-1s");
}

}  // namespace
}  // namespace mbuild::builder::go_format
