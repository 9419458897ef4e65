#include "parser/lines.h"

#include <gtest/gtest.h>

namespace mbuild::parser {
namespace {

Heredoc heredoc(std::string name, bool strip_tabs = false) {
  Heredoc result;
  result.name = std::move(name);
  result.strip_tabs = strip_tabs;
  return result;
}

struct Fixture {
  explicit Fixture(std::string text, char escape = '\\')
      : source("Dockerfile", std::move(text)), reader(source, 0, escape, comments, diagnostics) {}

  std::string next() { return reader.next(line) ? std::string(line.text()) : "<end>"; }
  // The source text that a part of the joined line covers.
  std::string covered(std::string_view part) {
    auto begin = static_cast<std::uint32_t>(line.text().find(part));
    return std::string(source.text(line.to_source({begin, begin + static_cast<std::uint32_t>(part.size())})));
  }

  Source source;
  std::vector<Comment> comments;
  std::vector<Diagnostic> diagnostics;
  LineReader reader;
  LogicalLine line;
};

TEST(LineReader, SkipsBlankLinesAndComments) {
  Fixture f("\n  \t\n# one\n  # two \\\nFROM a\n\nRUN b");
  EXPECT_EQ(f.next(), "FROM a");
  EXPECT_EQ(f.next(), "RUN b");
  EXPECT_EQ(f.next(), "<end>");
  ASSERT_EQ(f.comments.size(), 2u);
  EXPECT_EQ(f.comments[1].text, " two \\");
  EXPECT_EQ(f.source.text(f.comments[1].range), "# two \\");
}

TEST(LineReader, JoinsContinuationsWithoutASpace) {
  Fixture f("RUN fo\\\no \\\n  bar\n");
  EXPECT_EQ(f.next(), "RUN foo   bar");
  EXPECT_EQ(f.covered("foo"), "fo\\\no");
  EXPECT_EQ(f.covered("bar"), "bar");
  EXPECT_EQ(f.source.text(f.line.range()), "RUN fo\\\no \\\n  bar");
}

TEST(LineReader, TheFirstLineLosesItsIndentContinuationsKeepTheirs) {
  Fixture f("\u00A0\u3000 \tRUN a\\\n\tb");
  EXPECT_EQ(f.next(), "RUN a\tb");
}

TEST(LineReader, BlanksMayFollowTheEscape) {
  Fixture f("RUN a \\ \t \nb\nRUN c");
  EXPECT_EQ(f.next(), "RUN a b");
  EXPECT_EQ(f.next(), "RUN c");
}

TEST(LineReader, ADoubledEscapeIsNoContinuation) {
  Fixture f("RUN a\\\\\nRUN b\\\\ \nRUN c\\\\\\\nRUN d");
  EXPECT_EQ(f.next(), "RUN a\\\\");
  EXPECT_EQ(f.next(), "RUN b\\\\ ");
  EXPECT_EQ(f.next(), "RUN c\\\\\\");
  EXPECT_EQ(f.next(), "RUN d");
}

TEST(LineReader, AnEscapeAloneOnItsLineContinues) {
  Fixture f("\\\nRUN a\\\n\\\n \\\nb");
  EXPECT_EQ(f.next(), "RUN a b");
  EXPECT_EQ(f.covered("a b"), "a\\\n\\\n \\\nb");
}

TEST(LineReader, OtherEscapeCharacter) {
  Fixture f("RUN a\\\nRUN b`\nc", '`');
  EXPECT_EQ(f.next(), "RUN a\\");
  EXPECT_EQ(f.next(), "RUN bc");
}

TEST(LineReader, CommentsAndBlankLinesInsideAContinuation) {
  Fixture f("RUN a \\\n# no \\\n\n  # two\n \nb\nRUN c");
  EXPECT_EQ(f.next(), "RUN a b");
  EXPECT_EQ(f.source.text(f.line.blank_line()), "\n");
  EXPECT_EQ(f.comments.size(), 2u);
  EXPECT_EQ(f.next(), "RUN c");
  EXPECT_TRUE(f.line.blank_line().empty());
}

TEST(LineReader, AHashElsewhereIsOrdinary) {
  Fixture f("RUN a # b \\\nc");
  EXPECT_EQ(f.next(), "RUN a # b c");
}

TEST(LineReader, ContinuationAtTheEnd) {
  Fixture f("RUN a \\");
  EXPECT_EQ(f.next(), "RUN a ");
  EXPECT_EQ(f.source.text(f.line.range()), "RUN a \\");
  Fixture g("RUN a \\\n\n# c\n\n");
  EXPECT_EQ(g.next(), "RUN a ");
  EXPECT_EQ(g.source.text(g.line.range()), "RUN a \\");
  EXPECT_EQ(g.next(), "<end>");
}

TEST(LineReader, CarriageReturns) {
  Fixture f("# c\r\nRUN a \\\r\n  b\r\nRUN c\r\r\n\r\nRUN d\r");
  EXPECT_EQ(f.next(), "RUN a   b");
  EXPECT_EQ(f.next(), "RUN c");
  EXPECT_EQ(f.next(), "RUN d");
  EXPECT_EQ(f.comments[0].text, " c");
}

TEST(LineReader, CommentsAboveAreClearedByABareHash) {
  Fixture f("# a\n#\n# b\n\n# c\nRUN x \\\n# inside\ny\nRUN z");
  f.next();
  std::vector<Comment> comments = f.reader.take_comments();
  ASSERT_EQ(comments.size(), 2u);
  EXPECT_EQ(comments[0].text, " b");
  EXPECT_EQ(comments[1].text, " c");
  f.next();
  EXPECT_TRUE(f.reader.take_comments().empty());
}

TEST(LineReader, HeredocBodies) {
  Fixture f("RUN <<A <<-B\n# x\nA \nA\n\tb\n\t\tB\nRUN c");
  f.next();
  Heredoc a = heredoc("A"), b = heredoc("B", true);
  ASSERT_TRUE(f.reader.read_body(a));
  ASSERT_TRUE(f.reader.read_body(b));
  EXPECT_EQ(a.body, "# x\nA \n");
  EXPECT_EQ(b.body, "\tb\n");
  EXPECT_EQ(f.source.text(a.body_range), a.body);
  EXPECT_EQ(f.next(), "RUN c");
}

TEST(LineReader, HeredocWithCarriageReturnsKeepsThem) {
  Fixture f("RUN <<A\r\nx\r\nA\r\nRUN b");
  f.next();
  Heredoc a = heredoc("A");
  ASSERT_TRUE(f.reader.read_body(a));
  EXPECT_EQ(a.body, "x\r\n");
  EXPECT_EQ(f.next(), "RUN b");
}

TEST(LineReader, AHeredocWithoutAnEndReadsNothing) {
  Fixture f("RUN <<A\nx\nRUN b\ny");
  f.next();
  Heredoc a = heredoc("A"), x = heredoc("x");
  EXPECT_FALSE(f.reader.read_body(a));
  EXPECT_FALSE(f.reader.read_body(a));
  f.reader.skip_to_instruction();
  EXPECT_EQ(f.next(), "RUN b");
  EXPECT_FALSE(f.reader.read_body(x));
}

TEST(LineReader, LinesOf65535BytesAreTheLongest) {
  Fixture f("RUN " + std::string(65531, 'a') + "\nRUN " + std::string(65532, 'a'));
  f.next();
  EXPECT_TRUE(f.diagnostics.empty());
  f.next();
  ASSERT_EQ(f.diagnostics.size(), 1u);
  EXPECT_EQ(f.diagnostics[0].code, "line-too-long");
  EXPECT_EQ(f.diagnostics[0].range, (Range{65536, 65536 + 65536}));
}

TEST(LineReader, TheLimitHoldsForTheLastLineAndForHeredocs) {
  Fixture last("RUN " + std::string(65532, 'a'));
  last.next();
  EXPECT_EQ(last.diagnostics.size(), 1u);
  Fixture longest("RUN " + std::string(65531, 'a'));
  longest.next();
  EXPECT_TRUE(longest.diagnostics.empty());
  Fixture body("RUN <<A\n" + std::string(65536, 'a') + "\nA\n");
  body.next();
  Heredoc a = heredoc("A");
  EXPECT_TRUE(body.reader.read_body(a));
  EXPECT_EQ(body.diagnostics.size(), 1u);
}

TEST(LineReader, JoinedLinesMayBeLonger) {
  std::string text = "RUN a";
  for (int i = 0; i < 100; ++i) text += std::string(1000, 'a') + "\\\n";
  Fixture f(text);
  EXPECT_EQ(f.next().size(), 100005u);
  EXPECT_TRUE(f.diagnostics.empty());
}

}  // namespace
}  // namespace mbuild::parser
