#include "parser/frontend.h"

#include <gtest/gtest.h>

namespace mbuild::parser {
namespace {

// "image@what the range covers"; empty when the file asks for none.
std::string found(const std::string& text, const std::optional<std::string>& override_image = {}) {
  Source source("Dockerfile", text);
  auto frontend = find_frontend(source, override_image);
  return frontend ? frontend->image + "@" + std::string(source.text(frontend->range)) : "";
}

TEST(Frontend, Directives) {
  EXPECT_EQ(found("# syntax=docker/dockerfile:1\nFROM a\n"), "docker/dockerfile:1@docker/dockerfile:1");
  EXPECT_EQ(found("# escape=`\n#SYNTAX = a/b:1 some words \nFROM a\n"), "a/b:1@a/b:1 some words");
  EXPECT_EQ(found("\xEF\xBB\xBF# syntax=a\n"), "a@a");
  EXPECT_EQ(found("# a comment\n# syntax=a\n"), "");
  EXPECT_EQ(found("FROM a\n"), "");
  EXPECT_EQ(found(""), "");
}

TEST(Frontend, LaxerThanTheParser) {
  EXPECT_EQ(found("#!/usr/bin/env builder\n# syntax=a/b\n"), "a/b@a/b");
  EXPECT_EQ(found("#!/usr/bin/env builder"), "");
  EXPECT_EQ(found("// syntax=a/b\nstages: []\n"), "a/b@a/b");
  EXPECT_EQ(found("  //syntax=a/b\n"), "a/b@a/b");
  EXPECT_EQ(found("x\n// syntax=a/b\n"), "");
}

TEST(Frontend, TheBuildArgumentWins) {
  EXPECT_EQ(found("# syntax=a\n", "docker/dockerfile:labs x"), "docker/dockerfile:labs@");
  EXPECT_EQ(found("# syntax=a\n", ""), "a@a");
}

TEST(Frontend, WhatIsBuiltIn) {
  for (const char* image :
       {"docker/dockerfile", "docker/dockerfile:1.7-labs", "docker.io/docker/dockerfile:1",
        "docker/dockerfile-upstream:master", "dockerfile.v0", "docker/dockerfile:1@sha256:ab"})
    EXPECT_TRUE((Frontend{image, {}}.is_built_in())) << image;
  for (const char* image :
       {"example.com/docker/dockerfile", "docker/dockerfiles", "dockerfile", "moby/dockerfile"})
    EXPECT_FALSE((Frontend{image, {}}.is_built_in())) << image;
  EXPECT_TRUE((Frontend{"docker/dockerfile:1-labs", {}}.is_labs()));
  EXPECT_TRUE((Frontend{"docker/dockerfile-upstream:master-labs@sha256:ab", {}}.is_labs()));
  EXPECT_FALSE((Frontend{"docker/dockerfile:1", {}}.is_labs()));
  EXPECT_FALSE((Frontend{"example.com/x:labs", {}}.is_labs()));
}

TEST(Frontend, OthersAreAnErrorAtTheirLine) {
  Source source("Dockerfile", "# syntax=example.com/x:1\nFROM a\n");
  auto problems = check_frontend(source);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].code, "unsupported-frontend");
  EXPECT_EQ(source.text(problems[0].range), "example.com/x:1");
  EXPECT_TRUE(check_frontend(source, "docker/dockerfile:1").empty());
  EXPECT_TRUE(check_frontend(Source("Dockerfile", "FROM a\n")).empty());
}

}  // namespace
}  // namespace mbuild::parser
