#include "parser/language/complete.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/parser/language/marked_text.h"

namespace mbuild::parser::language {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class Around : public NothingOutside {
 public:
  std::vector<ContextFile> files(std::string_view folder) const override {
    if (folder.empty()) return {{"a b", false}, {"src", true}};
    if (folder == "src") return {{"x.c", false}};
    return {};
  }
  std::vector<std::string> images() const override { return {"alpine:3", "team/app:1"}; }
  std::optional<ImageFacts> image(std::string_view name) const override {
    if (name != "alpine:3") return std::nullopt;
    ImageFacts facts;
    facts.name = "alpine:3";
    facts.environment["COLOUR"] = "red";
    return facts;
  }
  std::optional<ImageUsers> users(std::string_view image) const override {
    if (image != "alpine:3") return std::nullopt;
    return ImageUsers{{"root", "guest"}, {"root", "wheel"}};
  }
};

std::set<std::string> labels(const std::string& marked) {
  const MarkedText text(marked);
  std::set<std::string> result;
  for (const Completion& item : complete(*text.analysis, Around(), text.offset, false))
    result.insert(item.label);
  return result;
}

TEST(Complete, InstructionsInAnyCase) {
  EXPECT_THAT(labels("FROM a\nco|"), UnorderedElementsAre("COPY"));
  EXPECT_THAT(labels("FROM a\nONBUILD f|"), IsEmpty());
}

TEST(Complete, WhatAnInstructionContinuesOverLines) {
  EXPECT_THAT(labels("FROM a\nCOPY --from=x \\\n  # why\n\n  --ch|"),
              UnorderedElementsAre("--chown=", "--chmod="));
}

TEST(Complete, BlankLinesDoNotEndAnInstruction) {
  EXPECT_THAT(labels("FROM a\nCOPY \\\n\n\n# x\n\n --ch|"), UnorderedElementsAre("--chown=", "--chmod="));
}

TEST(Complete, UsersAndGroupsOfTheBaseImage) {
  EXPECT_THAT(labels("FROM alpine:3 AS a\nFROM a\nUSER |"), UnorderedElementsAre("root", "guest"));
  EXPECT_THAT(labels("FROM alpine:3\nCOPY --chown=guest:w|"), UnorderedElementsAre("guest:wheel"));
  EXPECT_THAT(labels("FROM scratch\nUSER |"), IsEmpty());
}

TEST(Complete, FilesAndImages) {
  EXPECT_THAT(labels("FROM a\nCOPY src/|"), UnorderedElementsAre("src/x.c"));
  EXPECT_THAT(labels("FROM a\nADD |"), Contains("src/"));
  EXPECT_THAT(labels("FROM |"), UnorderedElementsAre("scratch", "alpine:3", "team/app:1", "--platform="));
}

TEST(Complete, TheWorkingDirectoryAsADestination) {
  const auto has = [](const std::string& marked) { return labels(marked).contains("/src/"); };
  EXPECT_TRUE(has("FROM a\nWORKDIR /src\nCOPY x |\n"));
  EXPECT_TRUE(has("FROM a\nWORKDIR /other\nWORKDIR /src/\nADD x /s|\nWORKDIR /later\n"));
  EXPECT_FALSE(has("FROM a\nWORKDIR /src\nCOPY |\n"));
  EXPECT_FALSE(has("FROM a\nWORKDIR /src\nFROM b\nCOPY x |\n"));
}

TEST(Complete, StagesThatComeBefore) {
  EXPECT_THAT(labels("FROM a AS one\nFROM b AS two\nCOPY --from=|\n"),
              UnorderedElementsAre("one", "0", "alpine:3", "team/app:1"));
  EXPECT_THAT(labels("FROM a AS one\nFROM b AS two\nRUN --mount=type=bind,from=t| x\n"),
              UnorderedElementsAre("team/app:1"));
}

TEST(Complete, VariablesOfTheBaseImage) {
  EXPECT_THAT(labels("FROM alpine:3\nRUN echo $|"), Contains("COLOUR"));
  EXPECT_THAT(labels("FROM scratch\nRUN echo $|"), Not(Contains("COLOUR")));
}

TEST(Complete, NothingInComments) {
  EXPECT_THAT(labels("FROM a\n# C|"), IsEmpty());
}

TEST(Complete, EveryOffsetOfABrokenTextIsAnswered) {
  const std::string text =
      "# check=skip=\n\xEF\xBF\xBD$\nFROM\nRUN <<A <<B \\\n\nA\nCOPY [\"\nONBUILD\nENV ${\n";
  const Analysis analysis(Source("Dockerfile", text), {});
  for (std::uint32_t offset = 0; offset <= text.size(); ++offset)
    for (const Completion& item : complete(analysis, Around(), offset, true))
      EXPECT_LE(item.edit.range.end, text.size());
}

}  // namespace
}  // namespace mbuild::parser::language
