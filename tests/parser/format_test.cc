#include "parser/format.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "parser/meaning.h"

namespace mbuild::parser {
namespace {

std::string formatted(const std::string& text) {
  return format(parse(Source("Dockerfile", text)));
}

TEST(Format, KeywordsAndBlanks) {
  EXPECT_EQ(formatted("from  alpine   as x\n  copy a   b\t/c\n"), "FROM alpine AS x\nCOPY a b /c\n");
  EXPECT_EQ(formatted("FROM a\nENV  x=1   y='2  3'  \nARG  a  b=1\n"),
            "FROM a\nENV x=1 y='2  3'\nARG a b=1\n");
  EXPECT_EQ(formatted("FROM a\nCOPY  --from=x   --link  a b\n"), "FROM a\nCOPY --from=x --link a b\n");
  EXPECT_EQ(formatted("FROM a\nEXPOSE  80   81\nVOLUME  /a  /b\nUSER   x\nWORKDIR  /a b\n"),
            "FROM a\nEXPOSE 80 81\nVOLUME /a /b\nUSER x\nWORKDIR /a b\n");
}

TEST(Format, ShellCommandsStayAsTheyAre) {
  EXPECT_EQ(formatted("FROM a\nrun   echo  'a   b'  &&   c  \n"), "FROM a\nRUN echo  'a   b'  &&   c\n");
  EXPECT_EQ(formatted("FROM a\nRUN  --mount=type=tmpfs,target=/t   a  \\  \n\n # why  \n     && b\n"),
            "FROM a\nRUN --mount=type=tmpfs,target=/t a  \\\n # why\n     && b\n");
  EXPECT_EQ(formatted("FROM a\nENV  key   some  value\n"), "FROM a\nENV key some  value\n");
  EXPECT_EQ(formatted("FROM a\nonbuild   run   x  y\n"), "FROM a\nONBUILD   run   x  y\n");
}

TEST(Format, ContinuedWords) {
  EXPECT_EQ(formatted("FROM a\nCOPY a \\\n  b   \\\n# both\n\n c\\\n   /d\n"),
            "FROM a\nCOPY a \\\n    b \\\n    # both\n    c \\\n    /d\n");
  EXPECT_EQ(formatted("# escape=`\nFROM a\nENV x=1   `\n y=2\n"), "# escape=`\nFROM a\nENV x=1 `\n    y=2\n");
  EXPECT_EQ(formatted("FROM a\nENV long=wo\\\nrd\n"), "FROM a\nENV long=wo\\\nrd\n");
  EXPECT_EQ(format(parse(Source("D", "FROM a\nCOPY a \\\n b\n")), {.indent = 2}), "FROM a\nCOPY a \\\n  b\n");
}

TEST(Format, Arrays) {
  EXPECT_EQ(formatted("FROM a\nCMD [ \"a\",\"b, c\" ,\"\\\"d\" ]\nRUN [\"x\"]\n"),
            "FROM a\nCMD [\"a\", \"b, c\", \"\\\"d\"]\nRUN [\"x\"]\n");
}

TEST(Format, EmptyLinesAndComments) {
  EXPECT_EQ(formatted("\n\nFROM a\n\n\n\nRUN b\n  # about c  \nRUN c\nFROM d\n# e\n# f\nFROM g\n\n\n"),
            "FROM a\n\nRUN b\n# about c\nRUN c\n\nFROM d\n\n# e\n# f\nFROM g\n");
  EXPECT_EQ(formatted("ARG x=1\nFROM a"), "ARG x=1\n\nFROM a\n");
  EXPECT_EQ(formatted("# note\n\n\n# more\nFROM a\n# end\n\n# last"),
            "# note\n\n# more\nFROM a\n# end\n\n# last\n");
}

TEST(Format, Directives) {
  EXPECT_EQ(formatted("#syntax=docker/dockerfile:1\n#  ESCAPE = `\nFROM a\n"),
            "# syntax=docker/dockerfile:1\n# escape=`\nFROM a\n");
  // Below an empty line it is a comment, and stays one.
  EXPECT_EQ(formatted("\n\n# escape=`\nFROM a\n"), "\n# escape=`\nFROM a\n");
}

TEST(Format, Heredocs) {
  std::string text = "FROM a\nCOPY <<EOF  <<'B'   /x\n  body  \n\n\nEOF\nb  \nB\nRUN <<EOF\n   x  \n\nEOF\n";
  EXPECT_EQ(formatted(text),
            "FROM a\nCOPY <<EOF <<'B' /x\n  body  \n\n\nEOF\nb  \nB\nRUN <<EOF\n   x  \n\nEOF\n");
}

TEST(Format, KeepsLineEnds) {
  EXPECT_EQ(formatted("from a\r\ncopy  x \\\r\n y\r\nFROM b\r\n"),
            "FROM a\r\nCOPY x \\\r\n    y\r\n\r\nFROM b\r\n");
}

TEST(Format, LeavesFilesWithErrorsAlone) {
  EXPECT_EQ(formatted("from  a\nNOSUCH  x\n"), "from  a\nNOSUCH  x\n");
  EXPECT_EQ(formatted(""), "");
}

TEST(Format, GivesEditsWithoutOverlaps) {
  ParseResult parsed = parse(Source("Dockerfile", "from  a\n\n\ncopy  x \\\n y\n"));
  std::uint32_t last = 0;
  for (const TextEdit& edit : format_edits(parsed)) {
    EXPECT_LE(last, edit.range.begin);
    last = edit.range.end;
  }
}

// What is written may change; what it says may not.
void expect_same_meaning(const std::string& text, const std::string& name) {
  ParseResult before = parse(Source("Dockerfile", text));
  if (!before.ok()) return;
  std::string result = format(before);
  ParseResult after = parse(Source("Dockerfile", result));
  ASSERT_TRUE(after.ok()) << name << "\n" << result;
  EXPECT_EQ(meaning_of(after.dockerfile), meaning_of(before.dockerfile)) << name << "\n" << result;
  EXPECT_EQ(format(after), result) << name << ": formatting twice";
}

std::vector<std::pair<std::string, std::string>> corpus() {
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(MBUILD_TEST_CORPUS) / "valid")) {
    if (entry.path().extension() != ".Dockerfile") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    files.emplace_back(entry.path().filename().string(), content.str());
  }
  return files;
}

TEST(Format, KeepsTheMeaningOfTheCorpus) {
  auto files = corpus();
  EXPECT_GT(files.size(), 100u);
  for (const auto& [name, text] : files) expect_same_meaning(text, name);
}

TEST(Format, KeepsTheMeaningOfMangledCorpus) {
  std::mt19937 random(3);
  for (const auto& [name, text] : corpus()) {
    for (int round = 0; round < 20 && !text.empty(); ++round) {
      std::string mangled = text;
      for (int i = 0; i < 3; ++i) {
        static constexpr std::string_view pieces = " \t\n\\#'\"[,<E";
        mangled.insert(random() % (mangled.size() + 1), 1, pieces[random() % pieces.size()]);
      }
      expect_same_meaning(mangled, name);
    }
  }
}

}  // namespace
}  // namespace mbuild::parser
