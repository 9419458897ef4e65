#include "registry/base/json.h"

#include "tests/support/result_matchers.h"

namespace mbuild {
namespace {

using test::FailsWith;
using test::must;

JsonObject parse(std::string_view text) {
  return must(JsonObject::parse(text, "doc"));
}

TEST(JsonObject, GivesTypedMembers) {
  const JsonObject object = parse(
      R"({"t":"x","b":true,"i":-5,"n":7,"o":{"t":"y"},"os":[{"t":"1"},{"t":"2"}],"ts":["a","b"],"m":{"k":"v","n":null}})");
  EXPECT_EQ(must(object.text("t")), "x");
  EXPECT_EQ(must(object.boolean("b")), true);
  EXPECT_EQ(must(object.integer("i")), -5);
  EXPECT_EQ(must(object.natural("n")), 7u);
  EXPECT_EQ(must(must(object.object("o"))->text("t")), "y");
  EXPECT_EQ(must(must(object.objects("os")).at(1).text("t")), "2");
  EXPECT_EQ(must(object.texts("ts")), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(must(object.text_map("m")), (std::map<std::string, std::string>{{"k", "v"}, {"n", ""}}));
  EXPECT_EQ(object.keys(), (std::vector<std::string>{"t", "b", "i", "n", "o", "os", "ts", "m"}));
}

TEST(JsonObject, NullIsAbsent) {
  for (const char* text : {"{}", R"({"k":null})"}) {
    const JsonObject object = parse(text);
    EXPECT_FALSE(object.has("k"));
    EXPECT_EQ(must(object.text("k")), "");
    EXPECT_EQ(must(object.boolean("k")), false);
    EXPECT_EQ(must(object.integer("k")), 0);
    EXPECT_EQ(must(object.natural("k")), 0u);
    EXPECT_FALSE(must(object.object("k")));
    EXPECT_TRUE(must(object.objects("k")).empty());
    EXPECT_EQ(must(object.texts("k")), std::nullopt);
    EXPECT_TRUE(must(object.text_map("k")).empty());
  }
}

TEST(JsonObject, ErrorsNameThePath) {
  const JsonObject object = parse(R"({"a":{"b":[{"c":5},"x"]},"d":[1],"e":{"f":2}})");
  const JsonObject a = *must(object.object("a"));
  EXPECT_THAT(a.objects("b"),
              FailsWith(ErrorKind::corrupt, "doc: a.b[1]: expected an object, found a string"));
  const JsonObject first = must(parse(R"({"b":[{"c":5}]})").objects("b")).at(0);
  EXPECT_THAT(first.text("c"),
              FailsWith(ErrorKind::corrupt, "doc: b[0].c: expected a string, found a number"));
  EXPECT_THAT(object.texts("d"),
              FailsWith(ErrorKind::corrupt, "doc: d[0]: expected a string, found a number"));
  EXPECT_THAT(object.text_map("e"),
              FailsWith(ErrorKind::corrupt, "doc: e.f: expected a string, found a number"));
  EXPECT_THAT(object.boolean("a"),
              FailsWith(ErrorKind::corrupt, "doc: a: expected a boolean, found an object"));
}

TEST(JsonObject, OutlivesItsDocument) {
  const JsonObject inner = *must(parse(R"({"a":{"b":"x"}})").object("a"));
  EXPECT_EQ(must(inner.text("b")), "x");
}

TEST(JsonObject, TakesTheLastOfEqualKeys) {
  EXPECT_EQ(must(parse(R"({"a":"1","a":"2"})").text("a")), "2");
}

TEST(JsonObject, ReadsInvalidUtf8AsReplacementCharacters) {
  const JsonObject object = parse("{\"k\xff\":\"v\xff\"}");
  EXPECT_EQ(object.keys(), std::vector<std::string>{"k\uFFFD"});
  EXPECT_EQ(must(parse("{\"m\":{\"k\xff\":\"v\xff\"}}").text_map("m")).at("k\uFFFD"), "v\uFFFD");
}

TEST(JsonObject, NumbersAreWholeAndInRange) {
  const JsonObject object =
      parse(R"({"max":9223372036854775807,"over":9223372036854775808,"f":1.0,"e":1e2,"neg":-1})");
  EXPECT_EQ(must(object.natural("max")), 9223372036854775807u);
  EXPECT_THAT(object.integer("over"), FailsWith(ErrorKind::corrupt, "over: not an integer"));
  EXPECT_THAT(object.integer("f"), FailsWith(ErrorKind::corrupt, "f: not an integer"));
  EXPECT_THAT(object.integer("e"), FailsWith(ErrorKind::corrupt, "e: not an integer"));
  EXPECT_THAT(object.natural("neg"), FailsWith(ErrorKind::corrupt, "neg: negative"));
}

TEST(JsonObject, RefusesMalformedText) {
  for (const char* text :
       {"", " ", "{", "}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":01}", "{\"a\":\"\n\"}",
        "{\"a\":\"\\ud800\"}", "{} {}", "// x\n{}", "{\"a\":nan}", "{\"a\":+1}"}) {
    EXPECT_THAT(JsonObject::parse(text, "doc"), FailsWith(ErrorKind::corrupt, "doc: malformed JSON")) << text;
  }
  for (const char* text : {"[]", "null", "1", "\"x\"", "true"}) {
    EXPECT_THAT(JsonObject::parse(text, "doc"), FailsWith(ErrorKind::corrupt, "doc: expected an object"))
        << text;
  }
}

TEST(JsonObject, LimitsDepthAndSize) {
  EXPECT_THAT(JsonObject::parse("{\"a\":" + std::string(1'000'000, '['), "doc"),
              FailsWith(ErrorKind::corrupt, "malformed"));
  EXPECT_THAT(JsonObject::parse("{}" + std::string(17 << 20, ' '), "doc"),
              FailsWith(ErrorKind::corrupt, "larger than"));
}

}  // namespace
}  // namespace mbuild
