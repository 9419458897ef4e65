#include "parser/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mbuild::parser {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ParseResult parse_text(std::string text) {
  return parse(Source("Dockerfile", std::move(text)));
}

std::vector<std::string> codes(const ParseResult& result) {
  std::vector<std::string> codes;
  for (const Diagnostic& diagnostic : result.diagnostics) codes.push_back(diagnostic.code);
  return codes;
}

std::vector<std::string> keywords(const ParseResult& result) {
  std::vector<std::string> keywords;
  for (const Instruction& instruction : result.dockerfile.instructions)
    keywords.push_back(instruction.keyword);
  return keywords;
}

std::string_view text_of(const ParseResult& result, Range range) {
  return result.dockerfile.source.text(range);
}

TEST(Parse, InstructionsInOrderWithTheirRanges) {
  ParseResult result = parse_text("FROM a\n  run b \\\n  c\n\nCMD [\"d\"]\n");
  EXPECT_TRUE(result.ok());
  EXPECT_THAT(keywords(result), ElementsAre("FROM", "RUN", "CMD"));
  const Instruction& run = result.dockerfile.instructions[1];
  EXPECT_EQ(text_of(result, run.range), "run b \\\n  c");
  EXPECT_EQ(text_of(result, run.keyword_range), "run");
  EXPECT_EQ(run.original, "run b   c");
}

TEST(Parse, ByteOrderMarkAndDirectives) {
  ParseResult result = parse_text("\xEF\xBB\xBF# escape=`\nFROM a\nRUN x`\ny\n");
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.dockerfile.escape, '`');
  ASSERT_NE(result.dockerfile.directive("escape"), nullptr);
  EXPECT_EQ(result.dockerfile.instructions[1].original, "RUN xy");
  EXPECT_TRUE(result.dockerfile.comments.empty());
}

TEST(Parse, CommentsBelongToTheInstructionBelow) {
  ParseResult result = parse_text("# syntax=x\n# a\n\n# b\nFROM a\nRUN c\n");
  ASSERT_EQ(result.dockerfile.instructions[0].comments.size(), 2u);
  EXPECT_EQ(result.dockerfile.instructions[0].comments[1].text, " b");
  EXPECT_TRUE(result.dockerfile.instructions[1].comments.empty());
  EXPECT_EQ(result.dockerfile.comments.size(), 2u);
}

TEST(Parse, ABadLineDoesNotHideTheNext) {
  ParseResult result = parse_text("FROM a\nRNU b\nCOPY c\nENV\nRUN d\nEXPOSE --x 1\n");
  EXPECT_THAT(codes(result),
              ElementsAre("unknown-instruction", "missing-arguments", "missing-arguments", "unknown-flag"));
  EXPECT_THAT(keywords(result), ElementsAre("FROM", "RUN"));
}

TEST(Parse, WhatIsWrongIsKeptByKeywordAndLines) {
  const ParseResult result =
      parse_text("FROM a\nrnu b \\\n c\nEXPOSE\nRUN <<E --x\n1\nE\nCOPY <<F /\nopen\n");
  std::vector<std::string> unread;
  for (const UnreadInstruction& one : result.unread)
    unread.push_back(one.keyword + ":" + std::string(text_of(result, one.range)));
  EXPECT_THAT(unread, ElementsAre("RNU:rnu b \\\n c", "EXPOSE:EXPOSE", "COPY:COPY <<F /"));
  EXPECT_EQ(text_of(result, result.unread[0].keyword_range), "rnu");
}

TEST(Parse, UnknownInstructionOffersTheNearest) {
  ParseResult result = parse_text("FROM a\nRNU b\nfoo\n");
  ASSERT_EQ(result.diagnostics.size(), 2u);
  EXPECT_EQ(result.diagnostics[0].message, "unknown instruction: RNU (did you mean RUN?)");
  EXPECT_EQ(text_of(result, result.diagnostics[0].range), "RNU");
  ASSERT_EQ(result.diagnostics[0].fixes.size(), 1u);
  EXPECT_EQ(result.diagnostics[0].fixes[0].edits[0].text, "RUN");
  EXPECT_EQ(result.diagnostics[1].message, "unknown instruction: foo");
  EXPECT_TRUE(result.diagnostics[1].fixes.empty());
}

TEST(Parse, FilesWithoutInstructions) {
  for (const char* text : {"", "\n\n", "# only a comment\n", "# syntax=x", "\xEF\xBB\xBF"})
    EXPECT_THAT(codes(parse_text(text)), ElementsAre("empty-file")) << text;
}

TEST(Parse, FilesWithoutStages) {
  EXPECT_THAT(codes(parse_text("ARG a\nARG b=c\n")), ElementsAre("no-stages"));
  ParseResult result = parse_text("ARG a\nRUN b\nRUN c\nFROM d\n");
  EXPECT_THAT(codes(result), ElementsAre("no-build-stage"));
  EXPECT_EQ(text_of(result, result.diagnostics[0].range), "RUN b");
}

TEST(Parse, AFromThatCannotBeReadIsStillAFrom) {
  EXPECT_THAT(codes(parse_text("FROM a b\nRUN c\n")), ElementsAre("invalid-from"));
  EXPECT_THAT(codes(parse_text("FORM a\nRUN c\n")), ElementsAre("unknown-instruction"));
}

TEST(Parse, AContinuationOfNothing) {
  EXPECT_THAT(codes(parse_text("FROM a\n\\\n")), ElementsAre("empty-instruction"));
  EXPECT_THAT(codes(parse_text("\\\nFROM a\n")), IsEmpty());
}

TEST(Parse, BlankLinesInContinuationsAreMarked) {
  ParseResult result = parse_text("FROM a\nRUN b \\\n\n  c\n");
  EXPECT_TRUE(result.diagnostics.empty());
  EXPECT_TRUE(result.dockerfile.instructions[0].blank_line.empty());
  EXPECT_EQ(result.dockerfile.instructions[1].blank_line, (Range{15, 16}));
}

TEST(Parse, HeredocsOfABadInstructionAreSkippedToo) {
  ParseResult result =
      parse_text("FROM a\nRUN --bad <<EOF\nnot an instruction\nEOF\nRNU <<EOF\nneither\nEOF\nCMD b\n");
  EXPECT_THAT(codes(result), ElementsAre("unknown-flag", "unknown-instruction"));
  EXPECT_THAT(keywords(result), ElementsAre("FROM", "CMD"));
}

TEST(Parse, AnUnterminatedHeredocHidesLittle) {
  ParseResult result = parse_text("FROM a\nRUN <<EOF\necho\nrun x\nFROM b\nRUN c\n");
  EXPECT_THAT(codes(result), ElementsAre("unterminated-heredoc"));
  EXPECT_EQ(text_of(result, result.diagnostics[0].range), "<<EOF");
  EXPECT_THAT(keywords(result), ElementsAre("FROM", "FROM", "RUN"));
}

TEST(Parse, ManyUnterminatedHeredocsAreReadInLinearTime) {
  std::string text = "FROM a\n";
  for (int i = 0; i < 20000; ++i) text += "RUN <<A" + std::to_string(i) + "\n";
  EXPECT_EQ(parse_text(text).diagnostics.size(), 20000u);
}

TEST(Parse, DeepContinuationsAreReadInLinearTime) {
  std::string text = "FROM a\nENV";
  for (int i = 0; i < 100000; ++i) text += " \\\n  a" + std::to_string(i) + "=b";
  ParseResult result = parse_text(text);
  EXPECT_TRUE(result.ok());
  const auto& env = std::get<EnvInstruction>(result.dockerfile.instructions[1].body);
  ASSERT_EQ(env.variables.size(), 100000u);
  EXPECT_EQ(text_of(result, env.variables[99999].key.range), "a99999");
}

TEST(Parse, DiagnosticsAreInOrderOfPosition) {
  ParseResult result = parse_text("RUN a\n# x\nCOPY b\nRUN --mount\n");
  EXPECT_THAT(codes(result),
              ElementsAre("no-build-stage", "missing-arguments", "missing-arguments", "missing-flag-value"));
}

TEST(ParseTrigger, OneInstruction) {
  ParseResult result = parse_trigger("COPY . /app");
  EXPECT_TRUE(result.ok());
  EXPECT_THAT(keywords(result), ElementsAre("COPY"));
  EXPECT_TRUE(parse_trigger("RUN <<EOF\nx\nEOF").ok());
  EXPECT_TRUE(parse_trigger("RUN a \\\n b").ok());
}

TEST(ParseTrigger, AlwaysWithABackslash) {
  ParseResult result = parse_trigger("# escape=`\nENV a=b\\ c");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(std::get<EnvInstruction>(result.dockerfile.instructions[0].body).variables[0].value->text,
            "b\\ c");
}

TEST(ParseTrigger, Errors) {
  EXPECT_THAT(codes(parse_trigger("RUN a\nRUN b")), ElementsAre("invalid-trigger"));
  EXPECT_THAT(codes(parse_trigger("")), ElementsAre("invalid-trigger"));
  EXPECT_THAT(codes(parse_trigger("FROM a")), ElementsAre("onbuild-not-allowed"));
  EXPECT_THAT(codes(parse_trigger("NONE a")), ElementsAre("unknown-instruction"));
}

}  // namespace
}  // namespace mbuild::parser
