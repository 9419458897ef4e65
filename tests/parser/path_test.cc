#include "parser/path.h"

#include <gtest/gtest.h>

namespace mbuild::parser {
namespace {

TEST(CleanPath, IsGosPathClean) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "."},
      {".", "."},
      {"./", "."},
      {"/", "/"},
      {"//", "/"},
      {"a", "a"},
      {"a/", "a"},
      {"./a", "a"},
      {"a/.", "a"},
      {"a//b", "a/b"},
      {"a/./b", "a/b"},
      {"a/../b", "b"},
      {"a/..", "."},
      {"..", ".."},
      {"../..", "../.."},
      {"../a", "../a"},
      {"a/../..", ".."},
      {"a/../../b", "../b"},
      {"/..", "/"},
      {"/../a", "/a"},
      {"/a/../..", "/"},
      {"/a/b/../c", "/a/c"},
      {"...", "..."},
      {"a/...", "a/..."},
      {"..a", "..a"},
      {"../../a/../b", "../../b"},
      {"a/b/../../../c", "../c"},
      {"/a//b/", "/a/b"},
      {".a/..b", ".a/..b"},
  };
  for (const auto& [path, expected] : rows) EXPECT_EQ(clean_path(path), expected) << path;
}

}  // namespace
}  // namespace mbuild::parser
