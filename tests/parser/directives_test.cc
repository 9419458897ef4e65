#include "parser/directives.h"

#include <gtest/gtest.h>

namespace mbuild::parser {
namespace {

struct Read {
  explicit Read(std::string text)
      : source("Dockerfile", std::move(text)), result(read_directives(source, diagnostics)) {}
  Source source;
  std::vector<Diagnostic> diagnostics;
  Directives result;
};

TEST(Directives, AllThree) {
  Read read("# syntax=docker/dockerfile:1 \n#ESCAPE = `\n  # check=skip=all;error=true\r\nFROM a");
  ASSERT_EQ(read.result.directives.size(), 3u);
  EXPECT_EQ(read.result.directives[0].name, "syntax");
  EXPECT_EQ(read.result.directives[0].value, "docker/dockerfile:1");
  EXPECT_EQ(read.source.text(read.result.directives[0].range), "# syntax=docker/dockerfile:1");
  EXPECT_EQ(read.source.text(read.result.directives[0].value_range), "docker/dockerfile:1");
  EXPECT_EQ(read.result.directives[1].name, "escape");
  EXPECT_EQ(read.result.directives[2].value, "skip=all;error=true");
  EXPECT_EQ(read.result.escape, '`');
  EXPECT_EQ(read.source.text().substr(read.result.end), "FROM a");
  EXPECT_TRUE(read.diagnostics.empty());
}

TEST(Directives, ByteOrderMark) {
  Read read("\xEF\xBB\xBF#escape=`");
  EXPECT_EQ(read.result.escape, '`');
  EXPECT_EQ(read.result.end, read.source.text().size());
}

TEST(Directives, AnythingElseEndsThem) {
  for (const char* first : {"\n", " \n", "# a comment\n", "# other=x\n", "FROM a\n", "#!/bin/x\n",
                            "# escape=\n", "# 1a=b\n", "# a b=c\n"}) {
    Read read(std::string(first) + "# escape=`\n");
    EXPECT_TRUE(read.result.directives.empty()) << first;
    EXPECT_EQ(read.result.escape, '\\');
    EXPECT_EQ(read.result.end, 0u);
  }
}

TEST(Directives, ARepeatedOneIsReportedAndIgnored) {
  Read read("# escape=`\n# Escape=\\\n# syntax=x\n");
  ASSERT_EQ(read.diagnostics.size(), 1u);
  EXPECT_EQ(read.diagnostics[0].code, "duplicate-directive");
  EXPECT_EQ(read.diagnostics[0].message, "only one escape parser directive can be used");
  EXPECT_EQ(read.source.text(read.diagnostics[0].range), "# Escape=\\");
  EXPECT_EQ(read.result.escape, '`');
  EXPECT_EQ(read.result.directives.size(), 2u);
}

TEST(Directives, UnknownEscapeCharacter) {
  for (const char* value : {"x", "``", "\\\\", "\" \""}) {
    Read read("# escape=" + std::string(value));
    ASSERT_EQ(read.diagnostics.size(), 1u) << value;
    EXPECT_EQ(read.diagnostics[0].code, "invalid-escape-directive");
    EXPECT_EQ(read.source.text(read.diagnostics[0].range), value);
    EXPECT_EQ(read.result.escape, '\\');
  }
}

}  // namespace
}  // namespace mbuild::parser
