#include "parser/grammar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mbuild::parser::grammar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Span all(std::string_view text) {
  return {0, static_cast<std::uint32_t>(text.size())};
}

std::vector<std::string> texts(std::string_view text, const std::vector<Span>& spans) {
  std::vector<std::string> result;
  for (Span span : spans) result.emplace_back(text.substr(span.begin, span.size()));
  return result;
}

std::vector<std::string> frame(std::string_view text) {
  Instruction read = instruction(text, all(text));
  std::vector<std::string> result = texts(text, {read.keyword});
  for (const std::string& flag : texts(text, read.flags)) result.push_back(flag);
  result.push_back(texts(text, {read.arguments})[0]);
  return result;
}

TEST(GrammarInstruction, KeywordFlagsAndArguments) {
  EXPECT_THAT(frame("RUN a  b "), ElementsAre("RUN", "a  b"));
  EXPECT_THAT(frame("run\t\v\f\ra"), ElementsAre("run", "a"));
  EXPECT_THAT(frame("CMD"), ElementsAre("CMD", ""));
  EXPECT_THAT(frame(""), ElementsAre("", ""));
  EXPECT_THAT(frame("COPY --a=b --c  d --e"), ElementsAre("COPY", "--a=b", "--c", "d --e"));
  EXPECT_THAT(frame("RUN --a"), ElementsAre("RUN", "--a", ""));
  EXPECT_THAT(frame("RUN -a --b"), ElementsAre("RUN", "-a --b"));
  EXPECT_THAT(frame("RUN a\u00A0"), ElementsAre("RUN", "a"));
}

TEST(GrammarInstruction, TwoDashesEndTheFlags) {
  EXPECT_THAT(frame("RUN --a -- --b c"), ElementsAre("RUN", "--a", "--b c"));
  EXPECT_THAT(frame("RUN --"), ElementsAre("RUN", ""));
  EXPECT_THAT(frame("RUN --- a"), ElementsAre("RUN", "---", "a"));
}

TEST(GrammarInstruction, QuotesAndEscapesHoldAFlagTogether) {
  EXPECT_THAT(frame("RUN --a=\"b c\" d"), ElementsAre("RUN", "--a=\"b c\"", "d"));
  EXPECT_THAT(frame("RUN --a='b \" c'd e"), ElementsAre("RUN", "--a='b \" c'd", "e"));
  EXPECT_THAT(frame("RUN --a=b\\ c d"), ElementsAre("RUN", "--a=b\\ c", "d"));
  EXPECT_THAT(frame("RUN --a=\"b \\\" c\" d"), ElementsAre("RUN", "--a=\"b \\\" c\"", "d"));
  EXPECT_THAT(frame("RUN --a=\"b c"), ElementsAre("RUN", "--a=\"b c", ""));
  EXPECT_THAT(frame("RUN --a=b\\"), ElementsAre("RUN", "--a=b\\", ""));
}

TEST(GrammarFlag, NameAndValue) {
  auto read = [](std::string_view text) { return flag(text, all(text)); };
  EXPECT_EQ(read("--link").name, "link");
  EXPECT_FALSE(read("--link").has_value);
  EXPECT_EQ(read("--a=b=c").name, "a");
  EXPECT_EQ(read("--a=b=c").value, "b=c");
  EXPECT_TRUE(read("--a=").has_value);
  EXPECT_EQ(read("--a=").value, "");
  EXPECT_EQ(read("--a=\"b c\"d").value, "b cd");
  EXPECT_EQ(read("--a=\"b c\"d").value_span.begin, 4u);
  EXPECT_EQ(read("--a='b\\'c'").value, "b'c");
  EXPECT_EQ(read("--a=b\\").value, "b");
  EXPECT_EQ(read("--a=C:\\x").value, "C:x");
  EXPECT_EQ(read("--a='x").value, "x");
}

TEST(GrammarWords, Blanks) {
  auto read = [](std::string_view text) { return texts(text, words(text, all(text))); };
  EXPECT_THAT(read(""), IsEmpty());
  EXPECT_THAT(read(" \t"), IsEmpty());
  EXPECT_THAT(read("a"), ElementsAre("a"));
  EXPECT_THAT(read("  \"a b\"\t\\ c "), ElementsAre("\"a", "b\"", "\\", "c"));
}

TEST(GrammarWords, Quoted) {
  auto read = [](std::string_view text, char escape = '\\') {
    return texts(text, quoted_words(text, all(text), escape));
  };
  EXPECT_THAT(read(""), IsEmpty());
  EXPECT_THAT(read("a=b c=d"), ElementsAre("a=b", "c=d"));
  EXPECT_THAT(read("a=\"b c\" d='e \\' f"), ElementsAre("a=\"b c\"", "d='e \\'", "f"));
  EXPECT_THAT(read("a=b\\ c d"), ElementsAre("a=b\\ c", "d"));
  EXPECT_THAT(read("a=\"b\\\" c\" d"), ElementsAre("a=\"b\\\" c\"", "d"));
  EXPECT_THAT(read("a=\"b c"), ElementsAre("a=\"b c"));
  EXPECT_THAT(read("a='b c"), ElementsAre("a='b c"));
  EXPECT_THAT(read("a=b\\"), ElementsAre("a=b"));
  EXPECT_THAT(read("a=\"b\\"), ElementsAre("a=\"b"));
  EXPECT_THAT(read("\\"), IsEmpty());
  EXPECT_THAT(read("a\u00A0b"), ElementsAre("a", "b"));
  EXPECT_THAT(read("a=b` c\\ d", '`'), ElementsAre("a=b` c\\", "d"));
}

std::vector<std::string> json(std::string_view text) {
  JsonArray read = json_array(text, all(text));
  if (read.kind == JsonArray::Kind::none) return {"<none>"};
  if (read.kind == JsonArray::Kind::mixed) return {"<mixed>"};
  std::vector<std::string> result;
  for (JsonString& string : read.strings) result.push_back(std::move(string.value));
  return result;
}

TEST(GrammarJson, Strings) {
  EXPECT_THAT(json("[]"), IsEmpty());
  EXPECT_THAT(json("[ ]"), IsEmpty());
  EXPECT_THAT(json(" [\"a\" , \"b c\",\"\"]\t"), ElementsAre("a", "b c", ""));
  EXPECT_THAT(json(R"(["\"\\\/\b\f\n\r\t"])"), ElementsAre("\"\\/\b\f\n\r\t"));
  EXPECT_THAT(json(R"(["\u0041\u00e9\u20AC\ud83d\ude00"])"), ElementsAre("Aé€😀"));
  EXPECT_THAT(json(R"(["\ud83d", "\ude00x", "\ud83d\u0041"])"), ElementsAre("\uFFFD", "\uFFFDx", "\uFFFDA"));
  EXPECT_THAT(json("[\"a\xFFz\", \"\xC3\"]"), ElementsAre("a\uFFFDz", "\uFFFD"));
}

TEST(GrammarJson, SpansIncludeTheQuotes) {
  std::string_view text = "CMD [\"a\", \"b\"]";
  JsonArray read = json_array(text, {4, 14});
  ASSERT_EQ(read.strings.size(), 2u);
  EXPECT_EQ(read.strings[1].span.begin, 10u);
  EXPECT_EQ(read.strings[1].span.end, 13u);
}

TEST(GrammarJson, WhatIsNoJsonArray) {
  for (std::string_view text : {"",
                                "echo",
                                "[",
                                "]",
                                "[a]",
                                "['a']",
                                "[\"a\"",
                                "[\"a\",]",
                                "[,\"a\"]",
                                "[\"a\" \"b\"]",
                                "[\"a\"] b",
                                "[\"a\"]]",
                                "[\"\\x\"]",
                                "[\"\\u12g4\"]",
                                "[\"a\tb\"]",
                                "[\"a]",
                                "{\"a\":1}",
                                "[01]",
                                "[1.]",
                                "[{a:1}]",
                                "[{\"a\" 1}]",
                                "[{\"a\":1,}]",
                                "[1,]",
                                "[[]",
                                "[tru]",
                                "[-]",
                                "[1e]",
                                "[{]",
                                "[}",
                                "[{\"a\":]}"})
    EXPECT_THAT(json(text), ElementsAre("<none>")) << text;
}

TEST(GrammarJson, ArraysOfOtherThings) {
  for (std::string_view text :
       {"[1]", "[\"a\", 1]", "[null]", "[true,false]", "[[]]", "[{}]", "[{\"a\":[1,{\"b\":null}]},\"c\"]",
        "[-0.5e+10]", "[[\"a\"]]", "[{\"a\" : \"b\" , \"c\":2}] "})
    EXPECT_THAT(json(text), ElementsAre("<mixed>")) << text;
}

TEST(GrammarJson, NestingIsLimited) {
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_THAT(json(nested(10000)), ElementsAre("<mixed>"));
  EXPECT_THAT(json(nested(10001)), ElementsAre("<none>"));
  EXPECT_THAT(json(std::string(1 << 20, '[')), ElementsAre("<none>"));
}

std::vector<std::string> heredocs(std::string_view text) {
  std::vector<std::string> result;
  for (const HeredocWord& word : heredoc_words(text, all(text))) {
    std::string shown = word.descriptor + (word.strip_tabs ? "<<-" : "<<") + word.name;
    result.push_back(word.quoted ? shown + " (quoted)" : shown);
  }
  return result;
}

TEST(GrammarHeredoc, Words) {
  EXPECT_THAT(heredocs("<<EOF"), ElementsAre("<<EOF"));
  EXPECT_THAT(heredocs("<<-EOF"), ElementsAre("<<-EOF"));
  EXPECT_THAT(heredocs("cat 3<<A <<B > x"), ElementsAre("3<<A", "<<B"));
  EXPECT_THAT(heredocs("<<  EOF  > foo"), ElementsAre("<<EOF"));
  EXPECT_THAT(heredocs("<< -EOF"), ElementsAre("<<-EOF"));
  EXPECT_THAT(heredocs("<<$EOF"), ElementsAre("<<$EOF"));
  EXPECT_THAT(heredocs("<<file.txt /dest"), ElementsAre("<<file.txt"));
  EXPECT_THAT(heredocs("<<EOF|tr"), ElementsAre("<<EOF|tr"));
}

TEST(GrammarHeredoc, QuotedNames) {
  EXPECT_THAT(heredocs("<<'EOF'"), ElementsAre("<<EOF (quoted)"));
  EXPECT_THAT(heredocs("<<-\"EOF\""), ElementsAre("<<-EOF (quoted)"));
  EXPECT_THAT(heredocs("<<eo'f'"), ElementsAre("<<eof (quoted)"));
  EXPECT_THAT(heredocs("<<'one two'"), ElementsAre("<<one two (quoted)"));
  EXPECT_THAT(heredocs("<<'e'o\\'f"), ElementsAre("<<eo'f (quoted)"));
  EXPECT_THAT(heredocs("<<\\EOF"), ElementsAre("<<EOF (quoted)"));
  EXPECT_THAT(heredocs("<<\"a\\\"\\b\""), ElementsAre("<<a\"\\b (quoted)"));
}

TEST(GrammarHeredoc, WhatIsNone) {
  for (std::string_view text :
       {"", "EOF", "<<", "<<-", "<EOF", "<<<EOF", "'<<EOF'", "\"<<EOF\"", "a<<EOF", "a 1<<<x", "\\<<EOF",
        "<<''", "<<\"\"", "$((1<<2))", "<<A<B", "echo \"${x:-<<EOF}\""})
    EXPECT_THAT(heredocs(text), IsEmpty()) << text;
}

TEST(GrammarHeredoc, NoneInALineThatDoesNotEndItsQuotes) {
  for (std::string_view text :
       {"it's <<EOF", "\"a <<EOF", "<<'EOF", "<<EOF\"", "${a <<EOF", "${a^^} <<EOF", "${a:x} <<EOF"})
    EXPECT_THAT(heredocs(text), IsEmpty()) << text;
}

TEST(GrammarHeredoc, QuotesAndVariablesAround) {
  EXPECT_THAT(heredocs("echo \"it's\" 'a\"b' <<EOF"), ElementsAre("<<EOF"));
  EXPECT_THAT(heredocs("echo \"${x:-\"a b\"}\" ${y:-'}'} <<EOF"), ElementsAre("<<EOF"));
  EXPECT_THAT(heredocs("echo $'x' $x $1 $ <<EOF"), ElementsAre("<<EOF"));
  EXPECT_THAT(heredocs("<<\"${x:-'\"'}\""), IsEmpty());
}

TEST(GrammarHeredoc, DeepNestingNeedsNoStack) {
  std::string deep;
  for (int i = 0; i < 200000; ++i) deep += "${a:-";
  EXPECT_THAT(heredocs(deep + " <<EOF"), IsEmpty());
  EXPECT_THAT(heredocs(deep + std::string(200000, '}') + " <<EOF"), ElementsAre("<<EOF"));
}

TEST(GrammarDuration, Values) {
  EXPECT_EQ(duration("0"), 0);
  EXPECT_EQ(duration("1ns"), 1);
  EXPECT_EQ(duration("30s"), 30'000'000'000);
  EXPECT_EQ(duration("1h2m3.5s"), 3'723'500'000'000);
  EXPECT_EQ(duration("1.5h"), 5'400'000'000'000);
  EXPECT_EQ(duration(".5s"), 500'000'000);
  EXPECT_EQ(duration("5.s"), 5'000'000'000);
  EXPECT_EQ(duration("+1µs1μs1us"), 3'000);
  EXPECT_EQ(duration("-1ms"), -1'000'000);
  EXPECT_EQ(duration("0.1s"), 100'000'000);
  EXPECT_EQ(duration("0.001ms"), 1'000);
  EXPECT_EQ(duration("2562047h47m16.854775807s"), 9223372036854775807);
}

TEST(GrammarDuration, Errors) {
  for (std::string_view text : {"", "-", "+", ".", "s", ".s", "1", "1x", "1s2", "x1s", " 1s", "1 s",
                                "9223372036854775808ns", "99999999999999999999h", "2562047h47m17s", "1e3s"})
    EXPECT_FALSE(duration(text).has_value()) << text;
  EXPECT_EQ(duration("5").error(), "missing unit in duration \"5\": write 30s or 1m30s");
}

}  // namespace
}  // namespace mbuild::parser::grammar
