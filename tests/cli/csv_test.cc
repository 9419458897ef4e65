#include "cli/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mbuild::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(Csv, SplitsAndUnquotes) {
  EXPECT_THAT(*split_csv("a,b=c"), ElementsAre("a", "b=c"));
  EXPECT_THAT(*split_csv("\"a,b\",c"), ElementsAre("a,b", "c"));
  EXPECT_THAT(*split_csv("\"say \"\"hi\"\"\""), ElementsAre("say \"hi\""));
  EXPECT_THAT(*split_csv(""), ElementsAre(""));
  EXPECT_FALSE(split_csv("\"open"));
}

TEST(Csv, Attributes) {
  EXPECT_THAT(*parse_attributes("Type=oci,dest=/a=b"),
              ElementsAre(Pair("type", "oci"), Pair("dest", "/a=b")));
  auto bad = parse_attributes("type=oci,push");
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message(), HasSubstr("\"push\""));
}

}  // namespace
}  // namespace mbuild::cli
