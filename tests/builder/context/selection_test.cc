// What the table of COPY cases (tests/builder/exec) cannot show of a selection.
#include "builder/context/selection.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/builder/context/tree_text.h"

namespace mbuild::builder {

namespace {

class SelectionTest : public testing::Test {
 protected:
  void make(const std::string& text) { test::make_tree(files_.path(), text); }
  void ignore(const std::vector<std::string>& patterns) {
    tree_.ignore = parser::PatternMatcher::compile(patterns).value();
  }

  test::TemporaryDirectory files_;
  SourceTree tree_{.root = files_.fd(), .ignore = {}};
};

TEST_F(SelectionTest, SaysWhereAFileLiesAndWhatItIsCalled) {
  make("f d/t =1\nl n >d/t");
  const Selection selection = select(tree_, {.sources = {"n"}, .exclude = {}}).value();
  ASSERT_EQ(selection.sources.size(), 1U);
  EXPECT_EQ(selection.sources[0].name, "n");
  EXPECT_EQ(selection.sources[0].file.name, "t");
  EXPECT_EQ(selection.sources[0].directory, "d");
}

TEST_F(SelectionTest, FilesAreInByteOrder) {
  make("f b\nf a\nf B\nf a.b\nf \xc3\xa9");
  const Selection selection = select(tree_, {.sources = {"."}, .exclude = {}}, 3).value();
  std::vector<std::string> names;
  for (const SourceFile& file : selection.sources[0].file.children->files) names.push_back(file.name);
  EXPECT_EQ(names, (std::vector<std::string>{"B", "a", "a.b", "b", "\xc3\xa9"}));
}

TEST_F(SelectionTest, SaysWhyADirectoryIsThere) {
  make("f d/a\nf d/b\nf e/a\nf e/b");
  ignore({"d", "!d/a"});
  const Selection selection = select(tree_, {.sources = {"."}, .exclude = {"e", "!e/a"}}).value();
  const std::vector<SourceFile>& files = selection.sources[0].file.children->files;
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].presence, Presence::reincluded);
  EXPECT_EQ(files[1].presence, Presence::implied);
}

TEST_F(SelectionTest, BadExcludePatternIsNamed) {
  make("f a");
  const auto selection = select(tree_, {.sources = {"."}, .exclude = {"a["}});
  ASSERT_FALSE(selection);
  EXPECT_EQ(selection.error().kind(), ErrorKind::invalid_input);
  EXPECT_NE(selection.error().message().find("--exclude a["), std::string::npos);
}

TEST_F(SelectionTest, PathIsNoPattern) {
  make("f a*/b =1\nf ab/c =2");
  const Selection selection = select_path(tree_, "/a*").value();
  ASSERT_EQ(selection.sources.size(), 1U);
  EXPECT_EQ(selection.sources[0].directory, "a*");
}

TEST_F(SelectionTest, PathOfTheWholeTree) {
  make("f a =1");
  for (const char* path : {"", "/", "."}) {
    EXPECT_EQ(select_path(tree_, path).value().sources[0].file.children->files.size(), 1U) << path;
  }
}

TEST_F(SelectionTest, MissingPathIsAnErrorWithAHint) {
  make("f source/a =1\nf secret =1");
  ignore({"secret"});
  EXPECT_EQ(select_path(tree_, "sorce").error().hint(), "did you mean \"/source\"?");
  EXPECT_EQ(select_path(tree_, "secret").error().hint(),
            "\"/secret\" is there, but the ignore file leaves it out");
  EXPECT_EQ(select_path(tree_, "nothing-like-it").error().hint(), "");
}

TEST_F(SelectionTest, IgnoredDirectoriesAreNotEvenOpened) {
  make("f d/deep/a\nf b");
  ignore({"d"});
  // A directory that cannot be read would fail the walk; root can read all, so it is one that is too deep.
  std::string path = files_.path() + "/d/deep";
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string name(250, 'n');
  for (int depth = 0; depth < 20; ++depth) {
    ASSERT_EQ(::mkdirat(fd.get(), name.c_str(), 0755), 0);
    fd.reset(::openat(fd.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  EXPECT_TRUE(select(tree_, {.sources = {"."}, .exclude = {}}));
  ignore({});
  const auto selection = select(tree_, {.sources = {"."}, .exclude = {}});
  ASSERT_FALSE(selection);
  EXPECT_EQ(selection.error().kind(), ErrorKind::invalid_input);
  EXPECT_NE(selection.error().message().find("the path is too long"), std::string::npos);
}

}  // namespace

}  // namespace mbuild::builder
