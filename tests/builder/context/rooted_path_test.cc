#include "builder/context/rooted_path.h"

#include <gtest/gtest.h>

#include "tests/builder/context/tree_text.h"

namespace mbuild::builder {

namespace {

class RootedPathTest : public testing::Test {
 protected:
  RootedPathTest() {
    test::make_tree(
        root_.path(),
        "f d/e/f =1\nl abs >/d/e\nl rel >d/e\nl up >../../../d\nl d/back >../abs/f\nl self >self\n"
        "l a >b\nl b >a\nl none >d/none/x\nl root >/\nl dots >d/./e//..\nl file >d/e/f/g\n");
  }

  // The path, with a question mark when nothing is there.
  std::string resolve(std::string_view path) {
    const auto resolved = resolve_in_root(root_.fd(), path);
    if (!resolved) return "error: " + resolved.error().message();
    return resolved->path + (resolved->exists ? "" : "?");
  }

  test::TemporaryDirectory root_;
};

TEST_F(RootedPathTest, Table) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"/", ""},
      {".", ""},
      {"..", ""},
      {"../../d", "d"},
      {"d/e/f", "d/e/f"},
      {"/d//./e/f/", "d/e/f"},
      {"d/../d/e", "d/e"},
      {"abs/f", "d/e/f"},
      {"rel/f", "d/e/f"},
      {"up/e", "d/e"},
      {"d/back", "d/e/f"},
      {"root/root/d", "d"},
      {"dots", "d"},
      {"abs/..", "d"},  // of where the link leads, not of the link
      {"x", "x?"},
      {"x/y/z", "x/y/z?"},
      {"x/../y", "y?"},
      {"none", "d/none/x?"},
      {"none/y", "d/none/x/y?"},
      {"d/e/f/g", "d/e/f/g?"},
      {"file", "d/e/f/g?"},
  };
  for (const auto& [path, expected] : cases) EXPECT_EQ(resolve(path), expected) << path;
}

TEST_F(RootedPathTest, LoopsAreErrors) {
  for (const char* path : {"self", "a", "b/x", "self/../d"}) {
    EXPECT_NE(resolve(path).find("too many symbolic links"), std::string::npos) << path;
  }
}

TEST_F(RootedPathTest, MayRefuseToStopAtTheRoot) {
  const auto refuse = [&](const char* path) {
    return resolve_in_root(root_.fd(), path, nullptr, AboveRoot::refuse).has_value();
  };
  EXPECT_FALSE(refuse("up/e"));
  EXPECT_FALSE(refuse(".."));
  EXPECT_TRUE(refuse("abs/f"));
  EXPECT_TRUE(refuse("d/back"));
}

TEST_F(RootedPathTest, WhatIsNotVisibleIsNotThere) {
  const PathFilter visible = [](std::string_view path, const struct stat&) { return path != "d/e"; };
  EXPECT_FALSE(resolve_in_root(root_.fd(), "d/e/f", visible)->exists);
  EXPECT_FALSE(resolve_in_root(root_.fd(), "abs/f", visible)->exists);
  EXPECT_TRUE(resolve_in_root(root_.fd(), "d", visible)->exists);
}

TEST_F(RootedPathTest, GivesTheStatusOfWhatIsThere) {
  EXPECT_TRUE(S_ISREG(resolve_in_root(root_.fd(), "d/back")->status.st_mode));
  EXPECT_TRUE(S_ISDIR(resolve_in_root(root_.fd(), "abs")->status.st_mode));
  EXPECT_TRUE(S_ISDIR(resolve_in_root(root_.fd(), "")->status.st_mode));
}

TEST(RootedPathText, PartsOfPaths) {
  EXPECT_EQ(join_path("", "a"), "a");
  EXPECT_EQ(join_path("a", ""), "a");
  EXPECT_EQ(join_path("a", "b"), "a/b");
  EXPECT_EQ(directory_of("a/b/c"), "a/b");
  EXPECT_EQ(directory_of("a"), "");
  EXPECT_EQ(name_of_path("a/b/c"), "c");
  EXPECT_EQ(name_of_path("a"), "a");
  EXPECT_EQ(below_root("../a//b/"), "a/b");
  EXPECT_EQ(below_root("/"), "");
  EXPECT_EQ(below_root(""), "");
}

}  // namespace

}  // namespace mbuild::builder
