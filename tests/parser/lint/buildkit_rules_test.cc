// BuildKit's rules, each with what breaks it and what does not.
#include <gtest/gtest.h>

#include "parser/parse.h"
#include "tests/parser/lint/lint_checker.h"

namespace mbuild::parser {
namespace {

using Found = std::vector<std::string>;

TEST(Lint, StageNameCasing) {
  Linted linted = lint_text("FROM alpine AS Build\n");
  EXPECT_EQ(linted.found, (Found{"StageNameCasing@Build"}));
  EXPECT_EQ(linted.fixed, "FROM alpine AS build\n");
  EXPECT_EQ(lint_text("FROM alpine AS build-1\n").found, Found{});
}

TEST(Lint, FromAsCasing) {
  Linted linted = lint_text("FROM alpine as build\n");
  EXPECT_EQ(linted.found, (Found{"FromAsCasing@as"}));
  EXPECT_EQ(linted.fixed, "FROM alpine AS build\n");
  EXPECT_EQ(lint_text("from alpine AS build\n").found, (Found{"FromAsCasing@AS"}));
  EXPECT_EQ(lint_text("from alpine as build\n").found, Found{});
  EXPECT_EQ(found("From alpine as build\n", {"FromAsCasing"}), Found{});
  EXPECT_EQ(lint_text("FROM alpine\n").found, Found{});
}

TEST(Lint, NoEmptyContinuation) {
  Linted linted = lint_text("FROM alpine\nRUN a && \\\n\n  b\n");
  ASSERT_EQ(linted.found.size(), 1u);
  EXPECT_EQ(linted.found[0].substr(0, 20), "NoEmptyContinuation@");
  EXPECT_EQ(linted.fixed, "FROM alpine\nRUN a && \\\n  b\n");
  EXPECT_EQ(lint_text("FROM alpine\nRUN a && \\\n# comment\n  b\n\nRUN c\n").found, Found{});
}

TEST(Lint, ConsistentInstructionCasing) {
  Linted linted = lint_text("FROM alpine\nrun a\nRUN b\nCopy c d\n");
  EXPECT_EQ(linted.found, (Found{"ConsistentInstructionCasing@run", "ConsistentInstructionCasing@Copy"}));
  EXPECT_EQ(linted.fixed, "FROM alpine\nRUN a\nRUN b\nCOPY c d\n");
  EXPECT_EQ(lint_text("from alpine\nrun a\nRUN b\n").found, (Found{"ConsistentInstructionCasing@RUN"}));
  EXPECT_EQ(lint_text("from alpine\nRUN a\n").found, (Found{"ConsistentInstructionCasing@from"}));  // a tie
  EXPECT_EQ(lint_text("from alpine\nrun a\n").found, Found{});
  EXPECT_EQ(lint_text("arg x=1\nFROM alpine\n").found, Found{});  // not part of a stage
}

TEST(Lint, StageNames) {
  EXPECT_EQ(lint_text("FROM a AS x\nFROM b AS y\nFROM c AS X\n").found,
            (Found{"StageNameCasing@X", "DuplicateStageName@X"}));
  EXPECT_EQ(lint_text("FROM a AS scratch\nFROM b AS context\nFROM c\nFROM d\n").found,
            (Found{"ReservedStageName@scratch", "ReservedStageName@context"}));
}

TEST(Lint, JSONArgsRecommended) {
  Linted linted = lint_text("FROM a\nENTRYPOINT /bin/app --port=80\n");
  EXPECT_EQ(linted.found, (Found{"JSONArgsRecommended@/bin/app --port=80"}));
  EXPECT_EQ(linted.fixed, "FROM a\nENTRYPOINT [\"/bin/app\", \"--port=80\"]\n");
  EXPECT_EQ(lint_text("FROM a\nCMD echo $HOME && b\n").fixed, "FROM a\nCMD echo $HOME && b\n");
  EXPECT_EQ(lint_text("FROM a\nCMD A=1 b\n").fixed, "FROM a\nCMD A=1 b\n");
  EXPECT_EQ(lint_text("FROM a\nCMD [\"b\"]\n").found, Found{});
  EXPECT_EQ(lint_text("FROM a\nSHELL [\"bash\", \"-c\"]\nCMD b\n").found, Found{});
  EXPECT_EQ(lint_text("FROM a AS x\nSHELL [\"bash\", \"-c\"]\nFROM x\nCMD b\n").found, Found{});
  EXPECT_EQ(lint_text("FROM a\nHEALTHCHECK CMD b\n").found, Found{});
}

TEST(Lint, MaintainerDeprecated) {
  Linted linted = lint_text("FROM a\nMAINTAINER me and you\n");
  EXPECT_EQ(linted.found, (Found{"MaintainerDeprecated@MAINTAINER"}));
  EXPECT_EQ(linted.fixed, "FROM a\nLABEL org.opencontainers.image.authors=\"me and you\"\n");
}

TEST(Lint, UndefinedArgInFrom) {
  EXPECT_EQ(lint_text("ARG VERSION=1\nFROM alpine:${VERSIN:-3}\n").found,
            (Found{"UndefinedArgInFrom@alpine:${VERSIN:-3}"}));
  EXPECT_NE(lint_text("ARG VERSION=1\nFROM alpine:${VERSIN:-3}\n").messages[0].find("did you mean VERSION?"),
            std::string::npos);
  EXPECT_EQ(found("FROM --platform=$BULDPLATFORM alpine\n", {"UndefinedArgInFrom"}),
            (Found{"UndefinedArgInFrom@$BULDPLATFORM"}));
  EXPECT_EQ(found("ARG V\nFROM alpine:$V\n", {"UndefinedArgInFrom"}), Found{});
  EXPECT_EQ(lint_text("FROM --platform=$BUILDPLATFORM alpine\n").found, Found{});
  EXPECT_EQ(lint_text("FROM img-${TARGETARCH}\n").found, Found{});
}

TEST(Lint, InvalidDefaultArgInFrom) {
  EXPECT_EQ(lint_text("ARG V\nFROM alpine:$V\n").found, (Found{"InvalidDefaultArgInFrom@alpine:$V"}));
  EXPECT_EQ(lint_text("ARG V=3\nFROM alpine:$V\n").found, Found{});
  LintOptions options;
  options.build_args = {{"IMAGE", "alpine"}};
  EXPECT_EQ(lint_text("ARG IMAGE\nFROM $IMAGE\n", options).found, (Found{"InvalidDefaultArgInFrom@$IMAGE"}));
}

TEST(Lint, MisspeltVariablesAreCorrected) {
  EXPECT_EQ(lint_text("ARG VERSION=1\nFROM alpine:${VERSIN:-3}\n").fixed,
            "ARG VERSION=1\nFROM alpine:${VERSION:-3}\n");
  EXPECT_EQ(lint_text("FROM a\nARG VERSION=1\nCOPY a$VERSIN.b$VERSINS_X.c${VERSIN} /\n").fixed,
            "FROM a\nARG VERSION=1\nCOPY a$VERSION.b$VERSINS_X.c${VERSION} /\n");
  EXPECT_EQ(lint_text("FROM a\nENV x=$PAHT:/bin\n").fixed, "FROM a\nENV x=$PATH:/bin\n");
  EXPECT_EQ(lint_text("FROM a\nENV x=$nothing_like_it\n").fixed, "FROM a\nENV x=$nothing_like_it\n");
}

TEST(Lint, UndefinedVar) {
  LintOptions known = with_base_environment({{"BASE_VAR", "1"}});
  EXPECT_EQ(lint_text("FROM a\nCOPY $foo .\n", known).found, (Found{"UndefinedVar@$foo"}));
  EXPECT_EQ(lint_text("FROM a\nARG foo\nCOPY $foo .\n", known).found, Found{});
  EXPECT_EQ(lint_text("FROM a\nENV foo=1\nCOPY $foo$BASE_VAR$PATH .\n", known).found, Found{});
  EXPECT_EQ(lint_text("FROM a\nENV x=$y\n", known).found, (Found{"UndefinedVar@$y"}));
  EXPECT_EQ(lint_text("FROM a\nARG x=${y}-1\n", known).found, (Found{"UndefinedVar@${y}-1"}));
  EXPECT_EQ(lint_text("FROM a\nLABEL a=$y b=$y\n", known).found, (Found{"UndefinedVar@$y"}));
  EXPECT_EQ(found("FROM a\nUSER $u\nVOLUME $v\nSTOPSIGNAL $s\nWORKDIR /$w\n", {"UndefinedVar"}, known),
            (Found{"UndefinedVar@$u", "UndefinedVar@$v", "UndefinedVar@$s", "UndefinedVar@/$w"}));
  EXPECT_EQ(lint_text("FROM a\nRUN --mount=type=cache,target=/$x echo $y\n", known).found,
            (Found{"UndefinedVar@type=cache,target=/$x"}));
  EXPECT_EQ(lint_text("FROM a\nCOPY <<EOF /x\n$y\nEOF\nCOPY <<'EOF' /x\n$y\nEOF\n", known).found,
            (Found{"UndefinedVar@<<EOF"}));
  EXPECT_EQ(lint_text("FROM a\nRUN echo $x\nCMD [\"a\"]\nEXPOSE $port\n", known).found, Found{});
  EXPECT_EQ(lint_text("FROM scratch\nCOPY $foo .\n").found, (Found{"UndefinedVar@$foo"}));
  EXPECT_EQ(lint_text("FROM a AS x\nENV foo=1\nFROM x\nCOPY $foo .\n", known).found, Found{});
}

TEST(Lint, UndefinedVarOfAnUnknownImageOnlyWhenMisspelt) {
  EXPECT_EQ(lint_text("FROM a\nENV APP_HOME=/x\nCOPY a $JAVA_HOME\n").found, Found{});
  Linted linted = lint_text("FROM a\nENV APP_HOME=/x\nCOPY a $APP_HOEM\n");
  EXPECT_EQ(linted.found, (Found{"UndefinedVar@$APP_HOEM"}));
  EXPECT_EQ(linted.messages[0], "no ARG or ENV above defines $APP_HOEM (did you mean $APP_HOME?)");
}

TEST(Lint, WorkdirRelativePath) {
  EXPECT_EQ(lint_text("FROM a\nWORKDIR app\nWORKDIR lib\n").found, (Found{"WorkdirRelativePath@app"}));
  EXPECT_EQ(lint_text("FROM a\nWORKDIR /app\nWORKDIR lib\n").found, Found{});
  EXPECT_EQ(lint_text("FROM a AS x\nWORKDIR /app\nFROM x\nWORKDIR lib\n").found, Found{});
  EXPECT_EQ(lint_text("FROM a\nENV d=/app\nWORKDIR $d\n").found, Found{});
  EXPECT_EQ(lint_text("FROM a\nWORKDIR $FROM_IMAGE\n").found, Found{});
}

TEST(Lint, MultipleInstructionsDisallowed) {
  Linted linted = lint_text("FROM a\nCMD [\"x\"]\nENTRYPOINT [\"e\"]\nCMD [\"y\"]\n");
  EXPECT_EQ(linted.found, (Found{"MultipleInstructionsDisallowed@CMD [\"x\"]"}));
  EXPECT_EQ(linted.fixed, "FROM a\nENTRYPOINT [\"e\"]\nCMD [\"y\"]\n");
  EXPECT_EQ(lint_text("FROM a\nHEALTHCHECK NONE\nHEALTHCHECK CMD x\nHEALTHCHECK NONE\n").found.size(), 2u);
  EXPECT_EQ(lint_text("FROM a\nCMD [\"x\"]\nFROM b\nCMD [\"y\"]\n").found, Found{});
}

TEST(Lint, LegacyKeyValueFormat) {
  Linted linted = lint_text("FROM a\nENV name a value\nLABEL key value\nENV x=1\n");
  EXPECT_EQ(linted.found, (Found{"LegacyKeyValueFormat@name a value", "LegacyKeyValueFormat@key value"}));
  EXPECT_EQ(linted.fixed, "FROM a\nENV name=\"a value\"\nLABEL key=value\nENV x=1\n");
  EXPECT_EQ(lint_text("FROM a\nENV name it's \"x\"'\n").fixed, "FROM a\nENV name it's \"x\"'\n");
}

TEST(Lint, Platforms) {
  Linted linted = lint_text("FROM --platform=$TARGETPLATFORM a\nFROM --platform=${TARGETPLATFORM} b\n");
  EXPECT_EQ(linted.found, (Found{"RedundantTargetPlatform@--platform=$TARGETPLATFORM",
                                 "RedundantTargetPlatform@--platform=${TARGETPLATFORM}"}));
  EXPECT_EQ(linted.fixed, "FROM a\nFROM b\n");
  EXPECT_EQ(lint_text("FROM --platform=linux/$TARGETARCH a\n").found, Found{});
  EXPECT_EQ(lint_text("FROM --platform=linux/amd64 a\n").found,
            (Found{"FromPlatformFlagConstDisallowed@linux/amd64"}));
  EXPECT_EQ(lint_text("FROM --platform=linux/amd64 a AS build_amd64\n").found, Found{});
  EXPECT_EQ(lint_text("FROM --platform=linux/amd64 a AS linux\n").found, Found{});
}

TEST(Lint, SecretsUsedInArgOrEnv) {
  EXPECT_EQ(lint_text("FROM a\nARG API_KEY\nENV PASSWORD=x db_password=y AUTH=1 githubToken=z\n").found,
            (Found{"SecretsUsedInArgOrEnv@API_KEY", "SecretsUsedInArgOrEnv@PASSWORD",
                   "SecretsUsedInArgOrEnv@db_password", "SecretsUsedInArgOrEnv@AUTH"}));
  EXPECT_EQ(lint_text("FROM a\nARG PUBLIC_KEY\nENV TOKEN_FILE=/x KEY_VERSION=1 KEYBOARD=de MONKEY=1\n").found,
            Found{});
  EXPECT_EQ(lint_text("ARG API_KEY\nFROM a\n").found, Found{});
}

TEST(Lint, CopyIgnoredFile) {
  auto ignoring = [](std::vector<std::string> patterns, const std::string& text) {
    PatternMatcher matcher = *PatternMatcher::compile(patterns);
    LintOptions options;
    options.ignored = &matcher;
    return found("FROM a\n" + text, {"CopyIgnoredFile"}, options);
  };
  EXPECT_EQ(ignoring({"Dockerfile", "*.log"}, "COPY Dockerfile ./x.log src /\n"),
            (Found{"CopyIgnoredFile@Dockerfile", "CopyIgnoredFile@./x.log"}));
  EXPECT_EQ(ignoring({"a"}, "ADD a/b /\n"), (Found{"CopyIgnoredFile@a/b"}));
  EXPECT_EQ(ignoring({"a"}, "COPY /a /\n"), (Found{"CopyIgnoredFile@/a"}));
  EXPECT_EQ(ignoring({"a"}, "COPY --from=x a /\n"), Found{});
  EXPECT_EQ(ignoring({"*", "!b"}, "COPY a /\n"), Found{});
  EXPECT_EQ(ignoring({"*.md", "?"}, "COPY . /\n"), Found{});
  EXPECT_EQ(ignoring({"**"}, "COPY . /\n"), (Found{"CopyIgnoredFile@."}));
  EXPECT_EQ(ignoring({"*"}, "COPY . /\n"), (Found{"CopyIgnoredFile@."}));
  EXPECT_EQ(ignoring({"**/*"}, "COPY / /\n"), (Found{"CopyIgnoredFile@/"}));
  EXPECT_EQ(ignoring({"*"}, "ADD https://x/y /\n"), Found{});
}

TEST(Lint, InvalidDefinitionDescription) {
  std::string text =
      "# what it is\nFROM a AS build\n# x is it\nARG x\n# some\nARG y z\n# build\n#\nFROM b AS c\n";
  EXPECT_EQ(lint_text(text).found, Found{});
  EXPECT_EQ(lint_text("# check=experimental=all\n" + text).found,
            (Found{"InvalidDefinitionDescription@# what it is", "InvalidDefinitionDescription@# some"}));
}

TEST(Lint, Expose) {
  Linted linted = lint_text("FROM a\nEXPOSE 80/TCP 127.0.0.1:81:82 83 84-85/udp 90:91/tcp\n");
  EXPECT_EQ(linted.found, (Found{"ExposeProtoCasing@80/TCP", "ExposeInvalidFormat@127.0.0.1:81:82",
                                 "ExposeInvalidFormat@90:91/tcp"}));
  EXPECT_EQ(linted.fixed, "FROM a\nEXPOSE 80/tcp 82 83 84-85/udp 91/tcp\n");
}

TEST(Lint, InvalidBaseImagePlatformIsForWhoHasPulledTheImage) {
  ParseResult parsed = parse(Source("Dockerfile", "FROM alpine\n"));
  StageResult stages = resolve_stages(parsed.dockerfile, {});
  Diagnostic diagnostic =
      base_platform_mismatch(stages.graph.stages[0], "alpine", "linux/arm64", "linux/amd64");
  EXPECT_EQ(diagnostic.code, "InvalidBaseImagePlatform");
  EXPECT_EQ(diagnostic.message,
            "base image alpine is of platform \"linux/amd64\", but \"linux/arm64\" is being built");
  EXPECT_EQ(parsed.dockerfile.source.text(diagnostic.range), "alpine");
}

TEST(Lint, ExpansionsThatCannotSucceedAreErrors) {
  LintOptions known = with_base_environment();
  EXPECT_EQ(lint_text("FROM a\nCOPY a/${x /\n", known).found, (Found{"invalid-expansion@${x"}));
  EXPECT_EQ(lint_text("FROM a\nENV a='b\nLABEL c=${}\n", known).found,
            (Found{"invalid-expansion@'b", "invalid-expansion@${}"}));
  EXPECT_EQ(lint_text("FROM a\nRUN --mount=type=nosuch,target=/x y\n").found,
            (Found{"invalid-mount@type=nosuch,target=/x"}));
  EXPECT_EQ(lint_text("FROM a\nARG t\nRUN --mount=type=$t,target=/x y\nUSER ${t:?}\n").found, Found{});
}

}  // namespace
}  // namespace mbuild::parser
