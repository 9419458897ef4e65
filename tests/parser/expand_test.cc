#include "parser/expand.h"

#include "tests/parser/expand_rows.h"

namespace mbuild::parser {
namespace {

using namespace expand_rows;

TEST(Expand, PlainText) {
  check({
      {"", usual, gives("")},
      {"hello", usual, gives("hello")},
      {"he llo", usual, gives("he llo")},
      {"  x\ty  ", usual, gives("  x\ty  ")},
      {"a{b}c:d/e#f%g", usual, gives("a{b}c:d/e#f%g")},
      {"한국어", usual, gives("한국어")},
      {"a`b", usual, gives("a`b")},
      {"~/x*?[a]", usual, gives("~/x*?[a]")},
      {"#x", usual, gives("#x")},
      {"a}b", usual, gives("a}b")},
  });
}

TEST(Expand, Names) {
  check({
      {"$A", usual, gives("alpha")},
      {"x$A", usual, gives("xalpha")},
      {"$A.x", usual, gives("alpha.x")},
      {"$A-x", usual, gives("alpha-x")},
      {"$A$A", usual, gives("alphaalpha")},
      {"$AB", usual, gives("")},
      {"$A_B", "A_B=ab;A=a", gives("ab")},
      {"$_x1", "_x1=u", gives("u")},
      {"$E", usual, gives("")},
      {"x$UNSET.y", usual, gives("x.y")},
      {"$KOREAN", usual, gives("한국어")},
      {"$한국어", "한국어=k", gives("k")},
      {"$é1_", "é1_=e", gives("e")},
      {"$A한", "A한=x;A=a", gives("x")},
      {"$A,$A", usual, gives("alpha,alpha")},
      {"$A/$N", usual, gives("alpha/1.2.3")},
      {"$a", "A=upper;a=lower", gives("lower")},
      {"$A=$A", usual, gives("alpha=alpha")},
  });
}

TEST(Expand, DigitsAndSpecialParameters) {
  check({
      {"$1", "1=one", gives("one")},
      {"$1a", "1=one", gives("onea")},
      {"$10", "10=ten;1=one", gives("ten")},
      {"$0", "0=zero", gives("zero")},
      {"$01x", "01=z", gives("zx")},
      {"${10}", "10=ten", gives("ten")},
      {"$@", "@=all", gives("all")},
      {"$*", "*=star", gives("star")},
      {"$#", "#=count", gives("count")},
      {"$?", "?=status", gives("status")},
      {"$-", "-=flags", gives("flags")},
      {"$$", "$=pid", gives("pid")},
      {"$!", "!=last", gives("last")},
      {"$$A", usual, gives("A")},
      {"$$$A", usual, gives("alpha")},
      {"$@x", usual, gives("x")},
      {"${@}", "@=all", gives("all")},
      {"${#}", "#=count", gives("count")},
      {"${?}", "?=status", gives("status")},
      {"${?:-d}", usual, gives("d")},
      {"$٣x", "٣=arabic three", gives("arabic threex")},
  });
}

TEST(Expand, ALoneDollarIsItself) {
  check({
      {"$", usual, gives("$")},
      {"a$", usual, gives("a$")},
      {"$ A", usual, gives("$ A")},
      {"$.", usual, gives("$.")},
      {"$/x", usual, gives("$/x")},
      {"$'A'", usual, gives("$A")},
      {"$\"A\"", usual, gives("$A")},
      {"\"$\"", usual, gives("$")},
      {"$%A", usual, gives("$%A")},
      {"$\\A", usual, gives("$A")},
      {"$}", usual, gives("$}")},
      {"$)A", usual, gives("$)A")},
  });
}

TEST(Expand, Braces) {
  check({
      {"${A}", usual, gives("alpha")},
      {"${A}x", usual, gives("alphax")},
      {"x${A}${A}y", usual, gives("xalphaalphay")},
      {"${UNSET}", usual, gives("")},
      {"${E}", usual, gives("")},
      {"${한국어}", "한국어=k", gives("k")},
      {"{$A}", usual, gives("{alpha}")},
      {"${A}}", usual, gives("alpha}")},
      {"${", usual, fails(missing_brace)},
      {"x${", usual, fails(missing_brace)},
      {"${A", usual, fails(missing_brace)},
      {"${A:", usual, fails(missing_brace)},
      {"${A:-", usual, fails(missing_brace)},
      {"${A:-x", usual, fails(missing_brace)},
      {"${A-x", usual, fails(missing_brace)},
      {"${A:}", usual, fails(missing_brace)},
      {"${}", usual, fails(bad_substitution)},
      {"${{", usual, fails(bad_substitution)},
      {"${{A}}", usual, fails(bad_substitution)},
      {"${:", usual, fails(bad_substitution)},
      {"${:-x}", usual, fails(bad_substitution)},
      {"${:}", usual, fails(bad_substitution)},
      {"a${}b", usual, fails(bad_substitution)},
      {"${A=x}", usual, fails("unsupported modifier (=) in substitution")},
      {"${A!}", usual, fails("unsupported modifier (!) in substitution")},
      {"${A A}", usual, fails("unsupported modifier ( ) in substitution")},
      {"${A.b}", usual, fails("unsupported modifier (.) in substitution")},
      {"${.}", usual, fails("unsupported modifier (.) in substitution")},
      {"${ A}", usual, fails("unsupported modifier ( ) in substitution")},
      {"${A^^}", usual, fails("unsupported modifier (^) in substitution")},
      {"${A:0:1}", usual, fails("unsupported modifier (:0) in substitution")},
      {"${A:=x}", usual, fails("unsupported modifier (:=) in substitution")},
      {"${A:}}", usual, fails("unsupported modifier (:}) in substitution")},
      {"${A:/x/y}", usual, fails("unsupported modifier (:/) in substitution")},
      {"${A:é}", usual, fails("unsupported modifier (:é) in substitution")},
      {"${1a}", "1=one", fails("unsupported modifier (a) in substitution")},
      {"${@x}", usual, fails("unsupported modifier (x) in substitution")},
      {"${#A}", usual, fails("unsupported modifier (A) in substitution")},
  });
}

TEST(Expand, Escapes) {
  check({
      {"\\$A", usual, gives("$A")},       {"\\\\$A", usual, gives("\\alpha")},
      {"\\\\\\$A", usual, gives("\\$A")}, {"\\${A}", usual, gives("${A}")},
      {"a\\ b", usual, gives("a b")},     {"a\\b", usual, gives("ab")},
      {"a\\\\b", usual, gives("a\\b")},   {"a\\", usual, gives("a")},
      {"\\", usual, gives("")},           {"\\'A", usual, gives("'A")},
      {"\\\"A", usual, gives("\"A")},     {"\\한", usual, gives("한")},
      {"a\\\nb", usual, gives("a\nb")},   {"'\\'", usual, gives("\\")},
      {"'a\\b'", usual, gives("a\\b")},   {"\"a\\b\"", usual, gives("a\\b")},
      {"\"\\$A\"", usual, gives("$A")},   {"\"\\\"\"", usual, gives("\"")},
      {"\"\\\\\"", usual, gives("\\")},   {"\"\\'\"", usual, gives("\\'")},
      {"\"\\`\"", usual, gives("\\`")},   {"\"a\\", usual, fails(double_quote)},
  });
}

TEST(Expand, BacktickAsEscape) {
  check(
      {
          {"`$A", usual, gives("$A")},
          {"``$A", usual, gives("`alpha")},
          {"C:\\dir\\$A", usual, gives("C:\\dir\\alpha")},
          {"\\$A", usual, gives("\\alpha")},
          {"\"`$A\"", usual, gives("$A")},
          {"\"\\$A\"", usual, gives("\\alpha")},
          {"\"`\"\"", usual, gives("\"")},
          {"\"``\"", usual, gives("`")},
          {"\"`n\"", usual, gives("`n")},
          {"a`", usual, gives("a")},
          {"a` b", usual, gives("a b")},
          {"${UNSET:-`}}", usual, gives("}")},
          {"${V#\\*}", "V=*x", gives("x")},  // patterns know only the backslash
          {"${V#`*}", "V=`ab", gives("ab")},
      },
      {.escape = '`'});
}

TEST(Expand, Quotes) {
  check({
      {"'A'", usual, gives("A")},
      {"'$A'", usual, gives("$A")},
      {"'${A}'", usual, gives("${A}")},
      {"\"$A\"", usual, gives("alpha")},
      {"\"${A}b\"", usual, gives("alphab")},
      {"''", usual, gives("")},
      {"\"\"", usual, gives("")},
      {"a'b'c", usual, gives("abc")},
      {"a\"b\"c", usual, gives("abc")},
      {"'a'\"b\"'c'", usual, gives("abc")},
      {"\"it's\"", usual, gives("it's")},
      {"'say \"x\"'", usual, gives("say \"x\"")},
      {"'a b'", usual, gives("a b")},
      {"\"'$A'\"", usual, gives("'alpha'")},
      {"\"${UNSET:-\"q\"}\"", usual, gives("q")},
      {"\"${UNSET:-'$A'}\"", usual, gives("$A")},
      {"\"}\"", usual, gives("}")},
      {"'", usual, fails(single_quote)},
      {"a'b", usual, fails(single_quote)},
      {"\"", usual, fails(double_quote)},
      {"a\"b$A", usual, fails(double_quote)},
      {"\"'", usual, fails(double_quote)},
      {"\"${A", usual, fails(missing_brace)},
      {"\"${A:-x", usual, fails(missing_brace)},
      {"\"${A:-\"x", usual, fails(missing_brace)},
  });
}

TEST(Expand, KeepQuotes) {
  check(
      {
          {"'$A'", usual, gives("'$A'")},
          {"\"$A\"", usual, gives("\"alpha\"")},
          {"a'b'", usual, gives("a'b'")},
          {"\\'a", usual, gives("'a")},
          {"${UNSET:-'x'}", usual, gives("'x'")},
          {"'", usual, fails(single_quote)},
      },
      {.keep_quotes = true});
}

TEST(Expand, RawQuotes) {
  check(
      {
          {"'$A'", usual, gives("'alpha'")},
          {"\"$A\"", usual, gives("\"alpha\"")},
          {"it's $A", usual, gives("it's alpha")},
          {"\\$A", usual, gives("$A")},
          {"\\\\", usual, gives("\\")},
          {"a\\\nb", usual, gives("a\nb")},
          {"\"", usual, gives("\"")},
          {"${UNSET:-'x'}", usual, gives("'x'")},
      },
      {.raw_quotes = true});
}

TEST(Expand, RawEscapes) {
  check(
      {
          {"\\$A", usual, gives("\\$A")},
          {"a\\b", usual, gives("a\\b")},
          {"a\\", usual, gives("a\\")},
          {"\"\\\"\"", usual, gives("\\\"")},
          {"${UNSET:-\\x}", usual, gives("x")},  // not inside an operand
      },
      {.raw_escapes = true});
}

TEST(Expand, SkipUnset) {
  check(
      {
          {"$A $UNSET", usual, gives("alpha $UNSET")},
          {"${UNSET}x", usual, gives("${UNSET}x")},
          {"${UNSET:-x}", usual, gives("${UNSET:-x}")},
          {"${UNSET:-$A}", usual, gives("${UNSET:-alpha}")},
          {"${UNSET#x}", usual, gives("${UNSET#x}")},
          {"${UNSET/x/y}", usual, gives("${UNSET/x/y}")},
          {"${UNSET//x/y}", usual, gives("${UNSET//x/y}")},
          {"${UNSET:?x}", usual, gives("${UNSET:?x}")},
          {"${E:-x}", usual, gives("x")},
      },
      {.skip_unset = true});
}

TEST(Expand, ReplacesBytesThatAreNoUtf8) {
  check({{"${U:\xad}", usual, gives("${U:\xEF\xBF\xBD}")}}, {.skip_unset = true});
  check({
      {"a\xff.", usual, gives("a\xEF\xBF\xBD.")},
      {"\"a\xc3\"", usual, gives("a\xEF\xBF\xBD")},
      {"'\xed\xa0\x80'", usual, gives("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD")},
      {"\\\xff", usual, gives("\xEF\xBF\xBD")},
      {"$A\xff", usual, gives("alpha\xEF\xBF\xBD")},
  });
}

TEST(Expand, NamesWhatWasUnset) {
  auto result = expand("$B ${A} ${C:-x} $B ${D:+y} ${E} ${F%z}", lookup_in(usual));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->unset, (std::vector<std::string>{"B", "C", "D", "F"}));
}

TEST(Expand, AsksForEachUseOnce) {
  int calls = 0;
  auto count = [&](std::string_view) -> std::optional<std::string> {
    ++calls;
    return "v";
  };
  ASSERT_TRUE(expand("$A ${A} ${A:-${B}} '$C'", count));
  EXPECT_EQ(calls, 4);
}

TEST(Expand, ErrorsPointAtWhatBegan) {
  auto offset = [](std::string_view word) { return expand(word, lookup_in(usual)).error().offset; };
  EXPECT_EQ(offset("ab${A"), 2u);
  EXPECT_EQ(offset("ab${A:-${B"), 2u);
  EXPECT_EQ(offset("$A 'x"), 3u);
  EXPECT_EQ(offset("$A \"x$A"), 3u);
  EXPECT_EQ(offset("$A${UNSET:?m}"), 2u);
  EXPECT_EQ(offset("${A:-${UNSET:?m}}"), 5u);
}

struct WordsRow {
  std::string word;
  std::vector<std::string> expected;
};

TEST(ExpandToWords, SplitsOnBlanksThatAreNotQuoted) {
  const char* variables = "TEST=test;LIST=a b  c;PORTS=80 443/tcp;E=";
  const std::vector<WordsRow> rows = {
      {"hello", {"hello"}},
      {"hello there", {"hello", "there"}},
      {"  hello  there ", {"hello", "there"}},
      {"hello\tthere\u00a0you", {"hello", "there", "you"}},
      {"$TEST here", {"test", "here"}},
      {"$LIST", {"a", "b", "c"}},
      {"x$LIST", {"xa", "b", "c"}},
      {"$LIST$LIST", {"a", "b", "ca", "b", "c"}},
      {"\"$LIST\"", {"a b  c"}},
      {"'$LIST'", {"$LIST"}},
      {"x\"$LIST\"y z", {"xa b  cy", "z"}},
      {"${LIST}d", {"a", "b", "cd"}},
      {"${UNSET:-d e}", {"d", "e"}},
      {"${UNSET:-'d e'}", {"d", "e"}},  // quotes within a substitution do not keep words together
      {"$PORTS 22", {"80", "443/tcp", "22"}},
      {"$E", {}},
      {"", {}},
      {"   ", {}},
      {"\"\" a", {"a"}},
      {"'' ''", {}},
      {"a\"\"", {"a"}},
      {"hello\\ there", {"hello there"}},
      {"\\ ", {" "}},
      {"\" \"", {" "}},
      {"a'b c'd e", {"ab cd", "e"}},
      {"a\\\"b c", {"a\"b", "c"}},
      {"한 국", {"한", "국"}},
  };
  for (const WordsRow& row : rows) {
    auto words = expand_to_words(row.word, lookup_in(variables));
    ASSERT_TRUE(words) << row.word << ": " << words.error().message;
    EXPECT_EQ(*words, row.expected) << row.word;
  }
}

TEST(ExpandToWords, FailsLikeExpand) {
  auto words = expand_to_words("a ${", lookup_in(usual));
  ASSERT_FALSE(words);
  EXPECT_EQ(words.error().message, missing_brace);
}

std::string repeat(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

TEST(Expand, DeepNestingNeedsNoStack) {
  constexpr std::size_t depth = 200'000;
  std::string word = repeat("${U:-x\"", depth) + "end" + repeat("\"}", depth);
  auto result = expand(word, lookup_in(""));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->text, repeat("x", depth) + "end");
  EXPECT_FALSE(expand(repeat("${U/", depth), lookup_in("")));
}

TEST(Expand, LongPatternsTakeLinearTime) {
  std::string value = "A=" + std::string(1'000'000, 'a');
  auto result = expand("${A##*a*a*a*a*a*b} ${A//a/bc} ${A%%b*b*b}", lookup_in(value));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text.size(), 4'000'002u);
}

TEST(Expand, RefusesResultsThatGrowWithoutEnd) {
  std::string word = "x";
  for (int i = 0; i < 200; ++i) word = "${A//a/" + word + "}";
  auto result = expand(word, lookup_in("A=aaaaaaaaaa"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "the result is longer than 16777216 bytes");
  std::string big = "A=" + std::string(1 << 20, 'a');
  EXPECT_TRUE(expand(repeat("$A", 16), lookup_in(big)));
  EXPECT_FALSE(expand(repeat("$A", 17), lookup_in(big)));
}

}  // namespace
}  // namespace mbuild::parser
