#include "parser/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace mbuild::parser {
namespace {

enum Outcome { no, yes, bad };

Outcome match(std::string_view pattern, std::string_view path) {
  auto result = glob_match(pattern, path);
  if (!result) return bad;
  return *result ? yes : no;
}

struct Row {
  const char* pattern;
  const char* path;
  Outcome expected;
};

void check(std::initializer_list<Row> rows) {
  for (const Row& row : rows)
    EXPECT_EQ(match(row.pattern, row.path), row.expected) << row.pattern << " on " << row.path;
}

TEST(Glob, LiteralsAndStars) {
  check({
      {"abc", "abc", yes},
      {"abc", "abd", no},
      {"abc", "abcd", no},
      {"abc", "ab", no},
      {"", "", yes},
      {"", "a", no},
      {"*", "abc", yes},
      {"*", "", yes},
      {"*", "a/b", no},
      {"*c", "abc", yes},
      {"a*", "a", yes},
      {"a*", "abc", yes},
      {"a*", "ab/c", no},
      {"a*/b", "abc/b", yes},
      {"a*/b", "a/c/b", no},
      {"a*b*c*d", "axbxcxd", yes},
      {"a*b*c*d/f", "abcd/f", yes},
      {"a*b?c*x", "abxbbxdbxebxczzx", yes},
      {"a*b?c*x", "abxbbxdbxebxczzy", no},
      {"**", "abc", yes},
      {"**", "a/b", no},
      {"a/**/b", "a/x/b", yes},
      {"a/**/b", "a/x/y/b", no},
      {"*.txt", ".txt", yes},
      {"*.txt", "a.txt.gz", no},
      {"*x", "xxx", yes},
      {"/*", "/a", yes},
      {"*/*", "a/b", yes},
      {"*/*", "a", no},
      {"dir/", "dir", no},
  });
}

TEST(Glob, QuestionMarks) {
  check({
      {"a?b", "axb", yes},
      {"a?b", "ab", no},
      {"a?b", "a/b", no},
      {"?", "", no},
      {"?", "é", yes},
      {"??", "é", no},
      {"a?b", "a☺b", yes},
      {"a???b", "a☺b", no},
      {"?", "\xff", yes},
  });
}

TEST(Glob, Classes) {
  check({
      {"ab[c]", "abc", yes},    {"ab[b-d]", "abc", yes},  {"ab[e-g]", "abc", no}, {"ab[^c]", "abc", no},
      {"ab[^b-d]", "abc", no},  {"ab[^e-g]", "abc", yes}, {"[a-ζ]*", "α", yes},   {"*[a-ζ]", "A", no},
      {"[!a]", "a", yes},       {"[!a]", "!", yes},       {"[!a]", "b", no},      {"[a^]", "^", yes},
      {"a[^a]b", "a☺b", yes},   {"a[^b]c", "a/c", yes},   {"[/]", "/", yes},      {"[z-a]", "m", no},
      {"[\\]a]", "]", yes},     {"[\\-]", "-", yes},      {"[x\\-]", "x", yes},   {"[x\\-]", "z", no},
      {"[\\-x]", "-", yes},     {"[a-b-c]", "a", bad},    {"[*]", "*", yes},      {"[?]", "a", no},
      {"[abc]x*", "bxyz", yes}, {"[", "a", bad},          {"[^", "a", bad},       {"[^bc", "a", bad},
      {"a[", "a", bad},         {"a[", "ab", bad},        {"a[", "x", bad},       {"[]a]", "]", bad},
      {"[-]", "-", bad},        {"[x-]", "x", bad},       {"[-x]", "x", bad},     {"[]", "a", bad},
      {"[a", "a", bad},         {"[\\", "a", bad},        {"[a\\", "a", bad},     {"[\xff]", "a", bad},
      {"]", "]", yes},          {"a]", "a]", yes},
  });
}

TEST(Glob, Escapes) {
  check({
      {"a\\*b", "a*b", yes},
      {"a\\*b", "ab", no},
      {"\\a", "a", yes},
      {"\\\\", "\\", yes},
      {"\\[x", "[x", yes},
      {"\\", "a", bad},
      {"a\\", "ab", bad},
      {"*\\", "a", bad},
      {"\\é", "é", yes},
  });
}

TEST(Glob, NoticesABadPatternOnlyWhenItGetsThere) {
  check({{"a*[", "b", no}, {"a*[", "a", bad}, {"*[", "", bad}});
}

TEST(Glob, NeedsNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_EQ(match(pattern + "b", std::string(2000, 'a')), no);
  EXPECT_EQ(match(pattern, std::string(2000, 'a')), yes);
}

TEST(Glob, HasWildcards) {
  EXPECT_FALSE(has_wildcards(""));
  EXPECT_FALSE(has_wildcards("a/b.c]-{}"));
  EXPECT_TRUE(has_wildcards("a*"));
  EXPECT_TRUE(has_wildcards("a?"));
  EXPECT_TRUE(has_wildcards("[a"));
  EXPECT_TRUE(has_wildcards("a\\*"));
}

TEST(Glob, LiteralPrefixIsOfWholeComponents) {
  EXPECT_EQ(literal_prefix("a/b/*.c"), "a/b");
  EXPECT_EQ(literal_prefix("a/b*"), "a");
  EXPECT_EQ(literal_prefix("*.c"), "");
  EXPECT_EQ(literal_prefix("/*.c"), "");
  EXPECT_EQ(literal_prefix("a/[x]/y"), "a");
  EXPECT_EQ(literal_prefix("a/\\*/b?"), "a/\\*");
  EXPECT_EQ(literal_prefix("a/b"), "a/b");
  EXPECT_EQ(literal_prefix(""), "");
}

TEST(Glob, Unescape) {
  EXPECT_EQ(glob_unescape("a\\[b\\]\\\\c"), "a[b]\\c");
  EXPECT_EQ(glob_unescape("a\\"), "a\\");
}

}  // namespace
}  // namespace mbuild::parser
