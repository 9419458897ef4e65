#include "parser/language/navigate.h"

#include <gtest/gtest.h>

#include "parser/text_edit.h"
#include "tests/parser/language/marked_text.h"

namespace mbuild::parser::language {
namespace {

std::string renamed(const std::string& marked, std::string_view name) {
  const MarkedText text(marked);
  const auto edits = rename(*text.analysis, text.offset, name);
  return edits ? apply_edits(text.analysis->source().text(), *edits) : edits.error();
}

TEST(Rename, VariablesOfOneStageAlone) {
  EXPECT_EQ(renamed("FROM a\nENV |X=1 Y=$X\nFROM b\nENV X=2\n", "Z"),
            "FROM a\nENV Z=1 Y=$Z\nFROM b\nENV X=2\n");
}

TEST(Rename, VariablesOfStagesThatInherit) {
  EXPECT_EQ(renamed("FROM a AS p\nENV X=1\nFROM p\nLABEL l=\"${|X:-no}\" m='$X'\n", "Z"),
            "FROM a AS p\nENV Z=1\nFROM p\nLABEL l=\"${Z:-no}\" m='$X'\n");
}

TEST(Rename, GlobalArgumentsAndTheirStageDeclarations) {
  EXPECT_EQ(renamed("ARG |V=1\nFROM a:$V\nARG V\nRUN echo $V \\$V $W\n", "N"),
            "ARG N=1\nFROM a:$N\nARG N\nRUN echo $N \\$V $W\n");
}

TEST(Rename, StagesWhateverTheirCaseButNoIndexes) {
  EXPECT_EQ(renamed("FROM a AS Build\nFROM |build\nCOPY --from=BUILD a b\nCOPY --from=0 a b\n"
                    "RUN --mount=from=build,target=/x y\n",
                    "c"),
            "FROM a AS c\nFROM c\nCOPY --from=c a b\nCOPY --from=0 a b\nRUN --mount=from=c,target=/x y\n");
}

TEST(Rename, HeredocsWithTheirEnd) {
  EXPECT_EQ(renamed("FROM a\nRUN <<-\"|EOT\"\n\tEOTS\n\tEOT\n", "X"), "FROM a\nRUN <<-\"X\"\n\tEOTS\n\tX\n");
}

// An instruction that is being written has names, too.
TEST(Rename, WhatIsInInstructionsThatAreWrong) {
  EXPECT_EQ(renamed("FROM a\nENV |X=1\nRUN --bad=1 echo $X '$X' $Y\nCOPPY ${X} /x\nRUN echo $X\n", "Z"),
            "FROM a\nENV Z=1\nRUN --bad=1 echo $Z '$X' $Y\nCOPPY ${Z} /x\nRUN echo $Z\n");
  EXPECT_EQ(
      renamed("FROM a AS |b\nFROM c\nCOPY --form=b --from=b b\nRUN --bad --mount=from=b,to=/b xfrom=b\n",
              "d"),
      "FROM a AS d\nFROM c\nCOPY --form=b --from=d b\nRUN --bad --mount=from=d,to=/b xfrom=b\n");
  EXPECT_EQ(renamed("FROM a\nRUN --bad=1 echo $|Y\n", "Z"), "there is nothing here that can be renamed");
}

TEST(Rename, RefusesNamesThatAreTakenOrNone) {
  EXPECT_EQ(renamed("FROM a AS |b\nFROM a AS c\n", "C"), "there is a stage \"C\" already");
  EXPECT_EQ(renamed("FROM a AS |b\n", "9"), "\"9\" cannot be the name of a stage");
  EXPECT_EQ(renamed("FROM a\nENV |X=1\nENV Y=2\n", "Y"), "there is a variable \"Y\" already");
  EXPECT_EQ(renamed("FROM |a\n", "b"), "there is nothing here that can be renamed");
}

TEST(Definition, TheLastAssignmentBefore) {
  const MarkedText text("FROM a\nENV X=1\nENV X=2\nLABEL l=$|X\nENV X=3\n");
  const std::vector<Range> found = find_definition(*text.analysis, text.offset);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(text.analysis->source().line_of(found[0].begin), 3u);
}

}  // namespace
}  // namespace mbuild::parser::language
