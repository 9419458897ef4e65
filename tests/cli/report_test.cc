#include "cli/report.h"

#include <gtest/gtest.h>

namespace mbuild::cli {
namespace {

TEST(Report, ExcerptMarksTheLines) {
  EXPECT_EQ(excerpt("FROM a\nRUN b\nRUN c \\\n  d\nRUN e\nRUN f\nRUN g\n", {"Dockerfile", 3, 4}),
            "Dockerfile:3\n"
            "--------------------\n"
            "   1 |     FROM a\n"
            "   2 |     RUN b\n"
            "   3 | >>> RUN c \\\n"
            "   4 | >>>   d\n"
            "   5 |     RUN e\n"
            "   6 |     RUN f\n"
            "--------------------\n");
}

TEST(Report, ExcerptNearTheEndsAndPastThem) {
  EXPECT_EQ(excerpt("FROM a\r\n", {"D", 1, 1}),
            "D:1\n--------------------\n   1 | >>> FROM a\n--------------------\n");
  EXPECT_EQ(excerpt("", {"D", 4, 9}), "D:4\n--------------------\n--------------------\n");
}

TEST(Report, Figures) {
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(999), "999 B");
  EXPECT_EQ(human_size(3'400'000), "3.4 MB");
  EXPECT_EQ(human_size(999'950), "1 MB");
  EXPECT_EQ(human_seconds(0.26), "0.3s");
  EXPECT_EQ(human_seconds(125), "2m05s");
}

}  // namespace
}  // namespace mbuild::cli
