#include "registry/remote/challenge.h"

#include <gtest/gtest.h>

namespace mbuild::remote {
namespace {

std::vector<Challenge> parse(const std::string& field) {
  return parse_challenges({{"WWW-Authenticate", field}});
}

TEST(Challenge, ParsesBearer) {
  auto challenges = parse(
      R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push")");
  ASSERT_EQ(challenges.size(), 1u);
  EXPECT_EQ(challenges[0].scheme, "bearer");
  EXPECT_EQ(challenges[0].parameter("realm"), "https://auth.docker.io/token");
  EXPECT_EQ(challenges[0].parameter("scope"), "repository:a/b:pull,push");
  EXPECT_EQ(challenges[0].parameter("error"), "");
}

TEST(Challenge, ParsesSeveralInOneFieldAndInMany) {
  auto challenges = parse("Negotiate, Basic realm=\"x\" , BEARER Realm = \"y\", service=z");
  ASSERT_EQ(challenges.size(), 3u);
  EXPECT_EQ(challenges[0].scheme, "negotiate");
  EXPECT_EQ(challenges[1].parameter("realm"), "x");
  EXPECT_EQ(challenges[2].scheme, "bearer");
  EXPECT_EQ(challenges[2].parameter("realm"), "y");
  EXPECT_EQ(challenges[2].parameter("service"), "z");
  EXPECT_EQ(parse_challenges({{"www-authenticate", "Basic"}, {"WWW-Authenticate", "Bearer realm=a"}}).size(),
            2u);
}

TEST(Challenge, UnescapesQuotedStrings) {
  EXPECT_EQ(parse(R"(Basic realm="a\"b\\c, d=e")")[0].parameter("realm"), R"(a"b\c, d=e)");
}

TEST(Challenge, SurvivesGarbage) {
  for (const char* field : {"", ",", "=", "\"", "Bearer realm=\"", "Bearer =", "Bearer realm", "==,==", "\\",
                            "a=b", "Bearer realm=\"x\\", "\x01\x02", "Bearer,,,,realm=\"x\""})
    parse(field);
  auto challenges = parse("=== , Basic realm=\"kept\"");
  ASSERT_FALSE(challenges.empty());
  EXPECT_EQ(challenges.back().parameter("realm"), "kept");
}

TEST(Challenge, KeepsTheFirstOfTwoParameters) {
  EXPECT_EQ(parse("Bearer realm=\"a\", realm=\"b\"")[0].parameter("realm"), "a");
}

}  // namespace
}  // namespace mbuild::remote
