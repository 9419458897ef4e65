#include "parser/source.h"

#include <gtest/gtest.h>

namespace mbuild::parser {
namespace {

TEST(Source, CountsLinesFromOne) {
  Source source("Dockerfile", "FROM a\nRUN b\r\n");
  EXPECT_EQ(source.line_of(0), 1u);
  EXPECT_EQ(source.line_of(6), 1u);
  EXPECT_EQ(source.line_of(7), 2u);
  EXPECT_EQ(source.line_of(999), 3u);
  EXPECT_EQ(source.text(source.line_range(2)), "RUN b");
}

TEST(Source, ColumnsAreUtf16) {
  Source source("Dockerfile", "é😀x");  // 2 bytes, 4 bytes, 1 byte
  EXPECT_EQ(source.position(2), (Position{0, 1}));
  EXPECT_EQ(source.position(6), (Position{0, 3}));
  EXPECT_EQ(source.offset({0, 3}), 6u);
  EXPECT_EQ(source.offset({0, 99}), 7u);
  EXPECT_EQ(source.offset({9, 0}), 7u);
}

}  // namespace
}  // namespace mbuild::parser
