#include "parser/edit_diff.h"

#include <gtest/gtest.h>

#include "parser/format.h"

namespace mbuild::parser {
namespace {

std::string diff(const std::string& text, const std::vector<TextEdit>& edits) {
  return edit_diff(Source("D", text), edits);
}

TEST(EditDiff, OneLine) {
  EXPECT_EQ(diff("from a\nRUN b\n", {{{0, 4}, "FROM"}}), "--- D\n+++ D\n@@ -1 +1 @@\n-from a\n+FROM a\n");
}

TEST(EditDiff, NothingChanged) {
  EXPECT_EQ(diff("FROM a\n", {}), "");
  EXPECT_EQ(diff("FROM a\n", {{{0, 4}, "FROM"}}), "");
}

TEST(EditDiff, LinesThatGoAndCome) {
  EXPECT_EQ(diff("a\n\n\nb\nc\n", {{{2, 3}, ""}, {{6, 6}, "x\n"}}),
            "--- D\n+++ D\n@@ -3 +2,0 @@\n-\n@@ -4,0 +4 @@\n+x\n");
}

TEST(EditDiff, EditsOfOneLineGoTogether) {
  EXPECT_EQ(diff("from a as b\nRUN c\n", {{{0, 4}, "FROM"}, {{7, 9}, "AS"}}),
            "--- D\n+++ D\n@@ -1 +1 @@\n-from a as b\n+FROM a AS b\n");
}

TEST(EditDiff, AMissingLineBreakIsTold) {
  EXPECT_EQ(diff("FROM a", {{{6, 6}, "\n"}}),
            "--- D\n+++ D\n@@ -1 +1 @@\n-FROM a\n\\ No newline at end of file\n+FROM a\n");
}

TEST(EditDiff, OfTheFormatter) {
  const ParseResult parsed = parse(Source("D", "from a\n\n\n\nrun b \\\n c\nRUN d\n"));
  EXPECT_EQ(edit_diff(parsed.dockerfile.source, format_edits(parsed)),
            "--- D\n+++ D\n"
            "@@ -1,5 +1,3 @@\n-from a\n-\n-\n-\n-run b \\\n+FROM a\n+\n+RUN b \\\n");
}

}  // namespace
}  // namespace mbuild::parser
