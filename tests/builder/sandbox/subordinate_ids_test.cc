#include "builder/sandbox/subordinate_ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mbuild::builder {
namespace {

using ::testing::IsEmpty;

TEST(SubordinateIdsTest, FindsTheUsersRanges) {
  const auto ranges = subordinate_ranges(
      "other:1:2\nuser:100000:65536\n1000:300000:10\nuserx:1:1\nuser:400000:5", "user", 1000);
  ASSERT_EQ(ranges.size(), 3u);
  EXPECT_EQ(ranges[0].first, 100000u);
  EXPECT_EQ(ranges[0].count, 65536u);
  EXPECT_EQ(ranges[1].first, 300000u);
  EXPECT_EQ(ranges[2].count, 5u);
}

TEST(SubordinateIdsTest, PassesOverWhatIsNoRange) {
  EXPECT_THAT(subordinate_ranges("", "user", 1000), IsEmpty());
  EXPECT_THAT(
      subordinate_ranges("user\nuser:\nuser:1\nuser:a:1\nuser:1:b\nuser:1:2:3\nuser:1:0\nuser:-1:5\n\n:1:1\n",
                         "user", 1000),
      IsEmpty());
  EXPECT_THAT(subordinate_ranges("user:4294967295:2\nuser:1:99999999999\n", "user", 1000), IsEmpty());
}

}  // namespace
}  // namespace mbuild::builder
