#include "parser/ignore_file.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace mbuild::parser {
namespace {

using Patterns = std::vector<std::string>;

PatternMatcher compile(const Patterns& patterns) {
  auto result = PatternMatcher::compile(patterns);
  EXPECT_TRUE(result) << result.error().pattern << ": " << result.error().message;
  return result.value_or(PatternMatcher());
}

struct Row {
  Patterns patterns;
  Patterns excluded;
  Patterns included;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    PatternMatcher matcher = compile(row.patterns);
    for (const std::string& path : row.excluded)
      EXPECT_TRUE(matcher.matches(path)) << testing::PrintToString(row.patterns) << " on " << path;
    for (const std::string& path : row.included)
      EXPECT_FALSE(matcher.matches(path)) << testing::PrintToString(row.patterns) << " on " << path;
  }
}

TEST(PatternMatcher, OnePattern) {
  check({
      {{"a"}, {"a", "a/b", "a/b/c"}, {"b/a", "ab", "A"}},
      {{"a/b"}, {"a/b", "a/b/c"}, {"a", "b", "x/a/b"}},
      {{"*"}, {"a", "a/b", ".hidden"}, {}},
      {{"*.log"}, {"x.log", ".log", "x.log/y"}, {"a/x.log", "x.logs"}},
      {{"*/x"}, {"a/x", "a/x/b"}, {"x", "a/b/x"}},
      {{"a*"}, {"a", "ab", "ab/c"}, {"ba"}},
      {{"a?c"}, {"abc", "aéc"}, {"ac", "a/c", "abbc"}},
      {{"a/*/c"}, {"a/b/c", "a/b/c/d"}, {"a/c", "a/b/b/c"}},
      {{"a*b*c"}, {"abc", "axbxc"}, {"ab", "a/bc"}},
      {{"a.b"}, {"a.b"}, {"axb"}},
      {{"a$", "b+", "(c)", "{d}", "e|f"}, {"a$", "b+", "(c)", "{d}", "e|f"}, {"a", "bb", "c", "d", "e", "f"}},
      {{"a+*"}, {"a+b"}, {"aab"}},
      {{"."}, {}, {"a"}},
      {{"../a"}, {"../a"}, {"a"}},
      {{"한*"}, {"한국"}, {"국"}},
  });
}

TEST(PatternMatcher, DoubleStars) {
  check({
      {{"**"}, {"a", "a/b/c", ".x"}, {}},
      {{"**/"}, {"a", "a/b"}, {}},
      {{"a/**"}, {"a/b", "a/b/c"}, {"a", "ab", "b/a/c"}},
      {{"a**"}, {"a", "ab", "a/b", "ab/c/d"}, {"b"}},
      {{"**/a"}, {"a", "x/a", "x/y/a", "x/a/z"}, {"ba", "x/ba"}},
      {{"**/a/b"}, {"a/b", "x/a/b", "x/a/b/c"}, {"a", "a/x/b"}},
      {{"**a"}, {"a", "ba", "x/ba"}, {"ab"}},
      {{"**/*.go"}, {"x.go", "a/x.go", "a/b/x.go", ".go"}, {"x.gox", "go"}},
      {{"**.go"}, {"x.go", "a/x.go", "a/b.go"}, {"go"}},
      {{"a/**/b"}, {"a/b", "a/x/b", "a/x/y/b", "a/x/b/c"}, {"ab", "a/xb", "x/a/b"}},
      {{"a**b"}, {"ab", "a/b", "ax/b", "axy/z/b"}, {"axb", "abc"}},
      {{"**/a/**"}, {"a/b", "x/a/b", "x/y/a/b/c"}, {"a", "x/a"}},
      {{"**/**/a"}, {"a", "x/a", "x/y/a"}, {"xa"}},
      {{"a/**/**/b"}, {"a/b", "a/x/b"}, {"axb"}},
      {{"***/a"}, {"x/a", "x/y/a"}, {"a", "xa"}},
      {{"a/**/*.c"}, {"a/x.c", "a/b/x.c"}, {"x.c", "b/a/x.c"}},
      {{"**/.git"}, {".git", "a/.git/config"}, {".gitignore", "a.git"}},
  });
}

TEST(PatternMatcher, Classes) {
  check({
      {{"[a-c]x"}, {"ax", "bx"}, {"dx", "[a-c]x"}},
      {{"[^a]x"}, {"bx", "éx"}, {"ax"}},
      {{"a[^b]c"}, {"axc", "a/c"}, {"abc"}},
      {{"[!1]x"}, {"!x", "1x"}, {"2x"}},
      {{"a[0-9][0-9]"}, {"a12"}, {"a1", "a1b"}},
      {{"[[:digit:]]x"}, {"7x"}, {"ax"}},
      {{"[[:upper:]_-]*"}, {}, {}},
      {{"[\\]]"}, {"]"}, {"\\"}},
      {{"[a\\-z]"}, {"a", "-", "z"}, {"b"}},
      {{"x[$.]y"}, {"x$y", "x.y"}, {"xay"}},
      {{"[가-힣]"}, {"한"}, {"a"}},
      {{"a]"}, {"a]"}, {"a"}},
      {{"a]*"}, {"a]b"}, {"ab"}},
  });
}

TEST(PatternMatcher, Escapes) {
  check({
      {{"\\*"}, {"*"}, {"a"}},
      {{"a\\?b"}, {"a?b"}, {"axb"}},
      {{"\\[a]"}, {"[a]"}, {"a"}},
      {{"\\a\\b"}, {"ab"}, {"\\a\\b"}},
      {{"\\!x"}, {"!x"}, {"x"}},
      {{"a\\\\b"}, {"a\\b"}, {"ab"}},
  });
}

TEST(PatternMatcher, TheLastMatchDecides) {
  check({
      {{"*", "!a"}, {"b", "b/c"}, {"a", "a/b"}},
      {{"!a", "*"}, {"a", "b"}, {}},
      {{"a", "!a/b"}, {"a", "a/c"}, {"a/b", "a/b/c"}},
      {{"a", "!a/b", "a/b/c"}, {"a", "a/b/c", "a/b/c/d"}, {"a/b", "a/b/x"}},
      {{"a", "!a/b", "a"}, {"a", "a/b"}, {}},
      {{"**", "!**/*.go"}, {"a", "a/b.c"}, {"x.go", "a/b/x.go"}},
      {{"*.md", "!README.md"}, {"x.md"}, {"README.md"}},
      {{"*.md", "!README*.md", "README-secret.md"}, {"x.md", "README-secret.md"}, {"README.md"}},
      {{"*", "!src", "src/tmp"}, {"x", "src/tmp", "src/tmp/y"}, {"src", "src/a"}},
      {{"!a"}, {}, {"a", "b"}},
      {{"a", "!b", "c"}, {"a", "c"}, {"b"}},
      {{"**/node_modules", "!keep/node_modules"}, {"a/node_modules/x"}, {"keep/node_modules/x"}},
  });
}

TEST(PatternMatcher, PatternsAreCleanedAndBlankOnesSkipped) {
  check({
      {{" a ", "", "  "}, {"a"}, {"b"}},
      {{"./a/../b/"}, {"b"}, {"a"}},
      {{"a//b"}, {"a/b"}, {}},
  });
  EXPECT_TRUE(compile({}).empty());
  EXPECT_TRUE(compile({"", " "}).empty());
  EXPECT_FALSE(PatternMatcher().matches("a"));
  EXPECT_FALSE(PatternMatcher().match_child({}, "a").matched);
}

TEST(PatternMatcher, RefusesBadPatterns) {
  for (const char* pattern :
       {"[", "a[", "[^", "[]", "[]a]", "[-a]", "[a-]", "a\\", "*[", "a*[b", "[b-a]", "[a", "!["}) {
    auto result = PatternMatcher::compile({"ok", pattern});
    ASSERT_FALSE(result) << pattern;
    EXPECT_EQ(result.error().message, "syntax error in pattern");
    EXPECT_EQ(result.error().pattern, pattern);
    EXPECT_EQ(result.error().line, 0u);
  }
  auto bang = PatternMatcher::compile({"!"});
  ASSERT_FALSE(bang);
  EXPECT_EQ(bang.error().message, "illegal exclusion pattern: \"!\"");
}

TEST(PatternMatcher, BytesThatAreNoUtf8MatchEachOther) {
  check({{{"\xff*"}, {"\xff.", "\xfe."}, {"a"}},
         {{"\xff"}, {"\xff"}, {"\xfe"}},
         {{"?"}, {"\xff"}, {"\xff\xff"}}});
}

TEST(PatternMatcher, MayIncludeBelow) {
  struct {
    Patterns patterns;
    const char* directory;
    bool expected;
  } rows[] = {
      {{"a"}, "a", false},
      {{"a", "!a/b"}, "a", true},
      {{"a", "!a/b/c"}, "a/b", true},
      {{"a", "!a/b/c"}, "a/x", false},
      {{"a", "!ab"}, "a", false},
      {{"a", "!b"}, "a", false},
      {{"a", "!a"}, "a", false},
      {{"*", "!src/**"}, "src", true},
      {{"*", "!src/**"}, "lib", false},
      {{"*", "!*/keep"}, "a", true},
      {{"*", "!*/keep"}, "a/b", false},
      {{"*", "!**/keep"}, "a/b/c", true},
      {{"*", "!a*/x"}, "ab", true},
      {{"*", "!a*/x"}, "b", false},
      {{"*", "!a/**/x"}, "a/b/c", true},
      {{"*", "!a/[b]/x"}, "a/b", true},
      {{"*", "!a/[b]/x"}, "a/c", false},
  };
  for (const auto& row : rows)
    EXPECT_EQ(compile(row.patterns).may_include_below(row.directory), row.expected)
        << testing::PrintToString(row.patterns) << " on " << row.directory;
}

// Walking down with states gives what matches() says, and nothing is lost by the skips may_include_below()
// allows.
TEST(PatternMatcher, WalkingEqualsMatching) {
  std::mt19937 random(1);
  auto pick = [&](const Patterns& from) { return from[random() % from.size()]; };
  const Patterns atoms = {"a", "b",   "ab",   "/",   "/",    "*", "**", "**/",
                          "?", "[a]", "[^a]", "\\*", "c.go", ".", "é"};
  const Patterns names = {"a", "b", "ab", "c.go", "*", "é", "abc"};
  int compiled = 0;
  for (int i = 0; i < 20'000; ++i) {
    Patterns patterns(1 + random() % 4);
    for (std::string& pattern : patterns) {
      if (random() % 3 == 0) pattern += '!';
      for (int n = 1 + random() % 5; n > 0; --n) pattern += pick(atoms);
    }
    auto matcher = PatternMatcher::compile(patterns);
    if (!matcher) continue;
    ++compiled;
    std::string path;
    PatternMatcher::State state;
    bool skipped = false;
    for (int depth = 0; depth < 5; ++depth) {
      if (depth > 0) path += '/';
      path += pick(names);
      state = matcher->match_child(state, path);
      ASSERT_EQ(state.matched, matcher->matches(path)) << testing::PrintToString(patterns) << " on " << path;
      ASSERT_TRUE(state.matched || !skipped) << testing::PrintToString(patterns) << " on " << path;
      skipped = skipped || (state.matched && !matcher->may_include_below(path));
    }
  }
  EXPECT_GT(compiled, 15'000);
}

TEST(PatternMatcher, HostilePatternsTakeBoundedTime) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  std::string path;
  for (int i = 0; i < 60; ++i) path += "**/a*/";
  EXPECT_FALSE(compile({pattern + "b*c"}).matches(std::string(4000, 'a')));
  EXPECT_FALSE(compile({path + "b?"}).matches(std::string(4000, 'a')));
}

TEST(ReadIgnoreFile, DropsCommentsAndCleansEntries) {
  auto patterns = read_ignore_file(
      "\xEF\xBB\xBF# first\n"
      "a\r\n"
      "/b/c\n"
      "\n"
      "   \t\n"
      "  d  \n"
      " # not a comment\n"
      "#comment\n"
      "! e\n"
      "!/f/./g/\n"
      "./h//i/..\n"
      "/\n"
      "\\#j\n"
      "a#b\n"
      "last");
  ASSERT_TRUE(patterns) << patterns.error().message;
  EXPECT_EQ(*patterns,
            (Patterns{"a", "b/c", "d", "# not a comment", "!e", "!f/g", "h", "/", "\\#j", "a#b", "last"}));
  EXPECT_TRUE(read_ignore_file("")->empty());
}

TEST(ReadIgnoreFile, NamesTheLineOfABadPattern) {
  auto bang = read_ignore_file("a\n# x\n!\n");
  ASSERT_FALSE(bang);
  EXPECT_EQ(bang.error().line, 3u);
  EXPECT_EQ(bang.error().message, "illegal exclusion pattern: \"!\"");
  auto blank = read_ignore_file("!  ");
  ASSERT_FALSE(blank);
  EXPECT_EQ(blank.error().line, 1u);
  EXPECT_FALSE(read_ignore_file("!/"));
  auto bad = read_ignore_file("a\n\nb[\n");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().line, 3u);
  EXPECT_EQ(bad.error().pattern, "b[");
}

}  // namespace
}  // namespace mbuild::parser
