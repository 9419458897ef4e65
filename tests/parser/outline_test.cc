#include "parser/outline.h"

#include <gtest/gtest.h>

#include "parser/parse.h"

namespace mbuild::parser {
namespace {

const char* const file =
    "# GO_VERSION is the compiler's version\n"
    "ARG GO_VERSION=1.${MINOR}\n"
    "ARG MINOR=22\n"
    "ARG UNUSED=x\n"
    "# build compiles it\n"
    "FROM --platform=$BUILDPLATFORM golang:$GO_VERSION AS build\n"
    "# LDFLAGS for the linker\n"
    "ARG LDFLAGS=\"-s -w\" MINOR TARGETOS\n"
    "RUN --mount=type=cache,target=/root/.cache --mount=type=secret,id=key,required=true \\\n"
    "    --mount=type=ssh go build\n"
    "RUN --mount=type=secret,id=key --mount=type=secret,target=/x/other true\n"
    "\n"
    "# test runs the tests\n"
    "FROM build AS test\n"
    "ARG ONLY_TEST\n"
    "FROM scratch AS Release\n"
    "COPY --from=build /out /\n";

struct Outlined {
  ParseResult parsed;
  StageGraph graph;
  Outline result;
};

Outlined outline_of(const std::string& text, StageOptions options) {
  options.platform_args = default_platform_args();
  Outlined outlined{parse(Source("Dockerfile", text)), {}, {}};
  EXPECT_TRUE(outlined.parsed.ok());
  outlined.graph = resolve_stages(outlined.parsed.dockerfile, options).graph;
  outlined.result = outline(outlined.parsed.dockerfile, outlined.graph, options);
  return outlined;
}

TEST(Outline, ListsWhatTheTargetTakes) {
  Outlined o = outline_of(file, {});
  EXPECT_EQ(to_text(o.result),
            "TARGET:    release\n"
            "\n"
            "BUILD ARG     VALUE    DESCRIPTION\n"
            "GO_VERSION    1.       is the compiler's version\n"
            "MINOR         22\n"
            "LDFLAGS       -s -w    for the linker\n"
            "\n"
            "SECRET    REQUIRED\n"
            "key       true\n"
            "other\n"
            "\n"
            "SSH        REQUIRED\n"
            "default\n"
            "\n"
            "CACHE ID\n"
            "/root/.cache\n");
}

TEST(Outline, OfAnotherTargetWithBuildArgs) {
  StageOptions options;
  options.target = "test";
  options.build_args = {{"GO_VERSION", "1.30"}, {"ONLY_TEST", "yes"}};
  Outlined o = outline_of(file, options);
  EXPECT_EQ(o.result.name, "test");
  EXPECT_EQ(o.result.description, "runs the tests");
  ASSERT_EQ(o.result.arguments.size(), 4u);
  EXPECT_EQ(o.result.arguments[0].value, "1.30");
  EXPECT_EQ(o.result.arguments[3].name, "ONLY_TEST");
  EXPECT_EQ(o.result.arguments[3].value, "yes");
}

TEST(Outline, OfATargetThatTakesNothing) {
  Outlined o = outline_of("FROM scratch\nCOPY a b\n", {});
  EXPECT_EQ(to_text(o.result), "");
  EXPECT_EQ(to_json(o.result, o.parsed.dockerfile.source),
            "{\n  \"sources\": [\n    \"RlJPTSBzY3JhdGNoCkNPUFkgYSBiCg==\"\n  ]\n}\n");
}

TEST(Outline, AsJsonHasBuildxNames) {
  Outlined o = outline_of("ARG a=1\nFROM x:$a\nRUN --mount=type=cache,target=/c,id=k \\\n  y\n", {});
  EXPECT_EQ(to_json(o.result, o.parsed.dockerfile.source),
            "{\n"
            "  \"args\": [\n"
            "    {\n"
            "      \"name\": \"a\",\n"
            "      \"value\": \"1\",\n"
            "      \"location\": {\"ranges\": [{\"start\": {\"line\": 1}, \"end\": {\"line\": 1}}]}\n"
            "    }\n"
            "  ],\n"
            "  \"cache\": [\n"
            "    {\n"
            "      \"ID\": \"k\",\n"
            "      \"location\": {\"ranges\": [{\"start\": {\"line\": 3}, \"end\": {\"line\": 4}}]}\n"
            "    }\n"
            "  ],\n"
            "  \"sources\": [\n"
            "    \"QVJHIGE9MQpGUk9NIHg6JGEKUlVOIC0tbW91bnQ9dHlwZT1jYWNoZSx0YXJnZXQ9L2MsaWQ9ayBcCiAgeQo=\"\n"
            "  ]\n"
            "}\n");
}

TEST(Targets, AsTextAndJson) {
  Outlined o = outline_of("# a is first\nFROM --platform=$BUILDPLATFORM x AS a\nFROM y\nFROM a AS B\n", {});
  auto targets = list_targets(o.graph);
  EXPECT_EQ(to_text(targets),
            "TARGET         DESCRIPTION\n"
            "a              is first\n"
            "b (default)\n");
  std::string json = to_json(targets, o.parsed.dockerfile.source);
  EXPECT_NE(json.find("\"base\": \"x\""), std::string::npos);
  EXPECT_NE(json.find("\"platform\": \"$BUILDPLATFORM\""), std::string::npos);
  EXPECT_NE(json.find("\"default\": true"), std::string::npos);
}

}  // namespace
}  // namespace mbuild::parser
