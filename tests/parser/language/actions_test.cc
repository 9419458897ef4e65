#include "parser/language/actions.h"

#include <gtest/gtest.h>

#include "parser/text_edit.h"
#include "tests/parser/language/marked_text.h"

namespace mbuild::parser::language {
namespace {

// The text after formatting the line of the mark.
std::string line_formatted(const std::string& marked) {
  const MarkedText text(marked);
  return apply_edits(text.analysis->source().text(),
                     format_range(*text.analysis, {text.offset, text.offset}, {}));
}

TEST(FormatRange, OneLineOfAnInstruction) {
  EXPECT_EQ(line_formatted("from a\ncopy  b \\\n |c \\\n d\n"), "from a\ncopy  b \\\n    c \\\n d\n");
  EXPECT_EQ(line_formatted("from a\nco|py  b \\\n c \\\n d\n"), "from a\nCOPY b \\\n c \\\n d\n");
  EXPECT_EQ(line_formatted("FROM a\nENV b=c  \\\n|# about d\n d=e\n"),
            "FROM a\nENV b=c  \\\n    # about d\n d=e\n");
}

TEST(FormatRange, LeavesCommandsAsTheyAre) {
  EXPECT_EQ(line_formatted("FROM a\nRUN b \\\n |c\n"), "FROM a\nRUN b \\\n c\n");
}

std::string escape_typed(const std::string& marked) {
  const MarkedText text(marked);
  return apply_edits(text.analysis->source().text(), format_on_escape(*text.analysis, text.offset, {}));
}

TEST(FormatOnEscape, TheLineBelow) {
  EXPECT_EQ(escape_typed("FROM a\nCOPY b \\|\n c \\\n d\n"), "FROM a\nCOPY b \\\n    c \\\n d\n");
  EXPECT_EQ(escape_typed("# escape=`\nFROM a\nCOPY b `|\nc\n"), "# escape=`\nFROM a\nCOPY b `\n    c\n");
}

TEST(FormatOnEscape, NothingElsewhere) {
  for (const std::string text :
       {"FROM a\nCOPY b\\| \\\n c\n", "FROM a\nCOPY b `|\nc\n", "|", "\\|", "FROM a\\|\n", "FROM a\\|\r\n"}) {
    const MarkedText marked(text);
    EXPECT_TRUE(format_on_escape(*marked.analysis, marked.offset, {}).empty()) << text;
  }
}

}  // namespace
}  // namespace mbuild::parser::language
