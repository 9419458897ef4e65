#include "parser/language/structure.h"

#include <gtest/gtest.h>

#include "parser/language/hover.h"
#include "parser/language/tokens.h"
#include "tests/parser/language/marked_text.h"

namespace mbuild::parser::language {
namespace {

TEST(Selection, GrowsFromTheWordToTheFile) {
  const MarkedText text("FROM a\nRUN <<E\nx y|z\nE\n");
  std::vector<std::string> parts;
  for (Range range : selection_ranges(*text.analysis, text.offset))
    parts.emplace_back(text.analysis->text(range));
  ASSERT_GE(parts.size(), 4u);
  EXPECT_EQ(parts[0], "yz");
  EXPECT_EQ(parts[1], "x yz");
  EXPECT_EQ(parts[2], "x yz\n");
  EXPECT_EQ(parts.back(), text.analysis->source().text());
}

TEST(Tokens, NeverOverlapNorLeaveTheirLine) {
  const MarkedText text(
      "# escape=`\nARG A=\"$B\"\nFROM $A AS b # c\nRUN --mount=from=b,target=/x echo \"$A `\n $A\" "
      "<<E\n$A\nE\n|");
  std::uint32_t end = 0;
  for (const Token& token : semantic_tokens(*text.analysis)) {
    EXPECT_LE(end, token.range.begin);
    EXPECT_LT(token.range.begin, token.range.end);
    EXPECT_EQ(text.analysis->text(token.range).find('\n'), std::string_view::npos);
    end = token.range.end;
  }
}

TEST(Hover, AValueIsThatOfItsLine) {
  const auto value = [](const std::string& marked) {
    const MarkedText text(marked);
    const auto found = hover(*text.analysis, NothingOutside(), text.offset);
    return found ? found->text : "";
  };
  EXPECT_NE(value("FROM a\nENV X=1\nENV X=2$|X\n").find("`1`"), std::string::npos);
  EXPECT_NE(value("FROM a\nENV X=1\nENV |X=2$X\n").find("`21`"), std::string::npos);
  EXPECT_NE(value("FROM a\nARG |X\n").find("is not set"), std::string::npos);
  EXPECT_EQ(value("FROM a\n|\nRUN b\n"), "");
}

}  // namespace
}  // namespace mbuild::parser::language
