#include "parser/language/structure.h"

#include <gtest/gtest.h>

#include "parser/language/hover.h"
#include "parser/language/signature.h"
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

TEST(Tokens, WordsThatAreNoShellsAreStrings) {
  const MarkedText text(
      "FROM a\nARG V=1 \\\n  # said\n  W\nCOPY --from=a x /y\nRUN make x\nHEALTHCHECK CMD z\nONBUILD RUN "
      "z\n|");
  std::vector<std::string> strings, keywords;
  for (const Token& token : semantic_tokens(*text.analysis)) {
    if (token.kind == TokenKind::string) strings.emplace_back(text.analysis->text(token.range));
    if (token.kind == TokenKind::keyword) keywords.emplace_back(text.analysis->text(token.range));
  }
  EXPECT_EQ(strings, (std::vector<std::string>{"1", "a", "x", "/y"}));
  EXPECT_EQ(keywords,
            (std::vector<std::string>{"FROM", "ARG", "COPY", "RUN", "HEALTHCHECK", "CMD", "ONBUILD", "RUN"}));
}

TEST(Tokens, AnInstructionThatIsWrongHasItsKeyword) {
  const MarkedText text("FROM a\nRNU x\nEXPOSE\n|");
  std::vector<std::string> keywords;
  for (const Token& token : semantic_tokens(*text.analysis))
    if (token.kind == TokenKind::keyword) keywords.emplace_back(text.analysis->text(token.range));
  EXPECT_EQ(keywords, (std::vector<std::string>{"FROM", "RNU", "EXPOSE"}));
}

std::string outline(const std::vector<Symbol>& symbols) {
  std::string result;
  for (const Symbol& symbol : symbols) {
    result += symbol.name;
    if (!symbol.children.empty()) result += "(" + outline(symbol.children) + ")";
    result += " ";
  }
  return result;
}

TEST(Symbols, InstructionsThatAreWrongStandWhereTheyAre) {
  const MarkedText text("ARG A\nFROM a AS one\nRNU x\nRUN y\nEXPOSE\nFROM b AS two\nUSER\n|");
  const std::vector<Symbol> symbols = document_symbols(*text.analysis);
  EXPECT_EQ(outline(symbols), "ARG(A ) one(RNU RUN EXPOSE ) two(USER ) ");
  EXPECT_EQ(text.analysis->text(symbols[1].range), "FROM a AS one\nRNU x\nRUN y\nEXPOSE");
}

TEST(Symbols, WithoutAStage) {
  const MarkedText text("FROM\nRUN x\nNOR y\n|");
  EXPECT_EQ(outline(document_symbols(*text.analysis)), "FROM RUN NOR ");
}

TEST(Folding, AnInstructionThatIsWrongFolds) {
  const MarkedText text("FROM a\nRUN --x <<E\ny\nE\n|");
  const std::vector<Fold> folds = folding_ranges(*text.analysis);
  ASSERT_EQ(folds.size(), 1u);
  EXPECT_EQ(folds[0].first_line, 1u);
  EXPECT_EQ(folds[0].last_line, 3u);
}

TEST(Signature, ADirectiveHasOneValue) {
  const MarkedText text("# escape=`|\nFROM a\n");
  const auto help = signature_help(*text.analysis, text.offset);
  ASSERT_TRUE(help);
  ASSERT_EQ(help->signatures.size(), 1u);
  EXPECT_EQ(help->signatures[0].label, "escape=value");
  const Range parameter = help->signatures[0].parameters.at(help->active_parameter);
  EXPECT_EQ(help->signatures[0].label.substr(parameter.begin, parameter.end - parameter.begin), "value");
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
