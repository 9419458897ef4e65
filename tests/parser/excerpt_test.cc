#include "parser/excerpt.h"

#include <gtest/gtest.h>

namespace mbuild::parser {
namespace {

std::string marked(const std::string& text, Range range) {
  return mark_lines(Source("Dockerfile", text), range);
}

TEST(Excerpt, UnderlinesWithinALine) {
  EXPECT_EQ(marked("FROM a\nFROM b as c\n", {14, 16}),
            "    2 | FROM b as c\n"
            "      |        ^~\n");
  EXPECT_EQ(marked("FROM a", {0, 1}), "    1 | FROM a\n      | ^\n");
}

TEST(Excerpt, AnEmptyRangeIsAPlace) {
  EXPECT_EQ(marked("FROM a\n", {6, 6}), "    1 | FROM a\n      |       ^\n");
  EXPECT_EQ(marked("", {0, 0}), "    1 |\n      | ^\n");
  EXPECT_EQ(marked("FROM a\n", {7, 7}), "    2 |\n      | ^\n");
}

TEST(Excerpt, TabsAndWideBytesKeepTheColumn) {
  EXPECT_EQ(marked("RUN\tx y", {6, 7}), "    1 | RUN\tx y\n      |    \t  ^\n");
  EXPECT_EQ(marked("RUN \xC3\xA9\xC3\xA9 y", {9, 10}), "    1 | RUN \xC3\xA9\xC3\xA9 y\n      |        ^\n");
}

TEST(Excerpt, SeveralLinesAreMarkedAtTheirSide) {
  EXPECT_EQ(marked("RUN a \\\n  b\nRUN c\n", {0, 11}), "    1 > RUN a \\\n    2 >   b\n");
  // A range that takes the line break with it is still one line.
  EXPECT_EQ(marked("FROM a\nFROM b\n", {0, 7}), "    1 | FROM a\n      | ^~~~~~\n");
}

TEST(Excerpt, ManyLinesAreCut) {
  EXPECT_EQ(marked("a\nb\nc\nd\ne\nf\ng\nh\n", {0, 15}),
            "    1 > a\n    2 > b\n    3 > c\n    4 > d\n      > ...\n    8 > h\n");
}

TEST(Excerpt, NothingControlsTheTerminal) {
  EXPECT_EQ(marked("RUN \x1b[31mx\r\n", {0, 3}), "    1 | RUN \xEF\xBF\xBD[31mx\n      | ^~~\n");
  EXPECT_EQ(marked("RUN \xff\n", {0, 3}), "    1 | RUN \xEF\xBF\xBD\n      | ^~~\n");
}

}  // namespace
}  // namespace mbuild::parser
